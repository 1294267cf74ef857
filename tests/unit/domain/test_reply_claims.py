"""No reply states a free time or an appointment that the calendar does not hold, in the words of three languages."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from frontdesk.domain.appointments import State
from frontdesk.domain.booking import Held, Offer
from frontdesk.domain.claims import Facts, wrong_claims
from frontdesk.kit.clock import HOUR

ZONE = "Europe/Lisbon"
TODAY = date(2026, 11, 18)  # a Wednesday


def at(day: int, hour: int, minute: int = 0) -> int:
    return int(datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo(ZONE)).timestamp()) * 1_000


def offer(day: int, hour: int, minute: int = 0) -> Offer:
    start = at(day, hour, minute)
    return Offer("x", "Cleaning", "Dr Silva", start, start + HOUR // 2, ZONE)


def held(day: int, hour: int, minute: int = 0, state: State = State.BOOKED) -> Held:
    start = at(day, hour, minute)
    return Held("apt_1", "Cleaning", "Dr Silva", start, start + HOUR // 2, ZONE, state)


# Tuesday the 24th at 10:30 and 15:00, and tomorrow (Thursday the 19th) at 15:00 are free; nothing is booked.
OFFERED = Facts(TODAY, offers=(offer(24, 10, 30), offer(24, 15), offer(19, 15)))
BOOKED = Facts(TODAY, held=(held(24, 10, 30),))
NOTHING = Facts(TODAY)

TRUE_OFFERS = [
    "Tuesday at 10:30 is free.",
    "I can offer you Tuesday 24 November at 10:30 or at 15:00.",
    "We have a slot on Tuesday at 10:30 am. Would that suit you?",
    "Would Tuesday at 3 pm work for you?",
    "How about tomorrow at 3?",
    "These times are free:\n1. Tuesday 24 November at 10:30\n2. Tuesday 24 November at 15:00\nWhich one suits you?",
    "Tuesday, November 24:\n- 10:30\n- 15:00",
    "Free on 24/11: 10:30, 15:00.",
    "On Tuesday we have 10:30–11:00 free.",
    "*Tuesday* at *10:30* is available.",
    "Shall I book Tuesday at 10:30 for you?",
    "El martes 24 a las 10:30 está libre.",
    "Tengo libre el 24/11 a las 10:30.",
    "¿Le viene bien el martes a las 10 y media?",
    "Podemos ofrecerle el martes 24 de noviembre a las 10:30 o a las 15:00 h.",
    "Mañana a las 15:00 hay un hueco.",
    "¿Quiere que le reserve el martes a las 10:30?",
    "Terça-feira, 24 de novembro, às 10:30 está livre.",
    "Temos vaga amanhã às 15h.",
    "Pode vir na terça às 10h30?",
    "Amanhã às 15h, pode ser?",
    "Tenho terça-feira às 10h30 e às 15h.",
    "Dienstag, 24. November um 10:30 Uhr ist frei.",
]

FALSE_OFFERS = [
    "Tuesday at 11:00 is free.",
    "Wednesday at 10:30 is available.",
    "I can offer you Tuesday 24 November at 10:30 or at 16:00.",
    "Would Friday at 9 suit you?",
    "How about tomorrow at 4 pm?",
    "Tomorrow at 10:30 works for us.",
    "You can come on Monday at half past nine.",
    "We could fit you in on 25 November at noon.",
    "These times are free:\n1. Tuesday 24 November at 10:30\n2. Tuesday 24 November at 17:15",
    "Thursday, November 26:\n- 10:30\n- 15:00",
    "Free on 25/11: 10:30.",
    "10:30 is taken, but 11:30 is free.",
    "Please come on Friday at 10.",
    "Friday 27 November, 9:30.",
    "There is an opening at 11.",
    "El miércoles a las 10:30 está libre.",
    "Tengo libre el 25/11 a las 10.",
    "¿Le viene bien el viernes a las cuatro?",
    "Puede venir mañana a las 9.",
    "Mañana por la mañana a las 11:30 hay un hueco.",
    "Quarta-feira às 10:30 está livre.",
    "Temos vaga amanhã às 16h.",
    "Amanhã às 9h, pode ser?",
    "Posso oferecer sexta-feira às dez.",
    "Na terça às 10h30 não, mas às 11h30 está livre.",
    "Pode vir hoje às 18h.",
    "We can squeeze you in Friday at quarter past nine.",
    "I can do 9:45 on Tuesday.",
    "What about the 25th at 10:30?",
    "Thursday works, 11:15.",
    "Tuesday at eleven is free.",
    "El primer hueco es el lunes a las 9:00.",
    "¿Y el jueves a las 11:15?",
    "Hay hueco el viernes por la tarde, a las 6.",
    "O primeiro horário é segunda-feira às 9h.",
    "Pode ser dia 25 às 10h30?",
    "Sim, na quarta às 16 horas temos disponibilidade.",
]

TRUE_BOOKINGS = [
    "Your appointment is booked: Tuesday 24 November at 10:30.",
    "Done! I have booked you for Tuesday at 10:30.",
    "You're all set for Tuesday, 10:30.",
    "See you on Tuesday at 10:30!",
    "Your appointment is confirmed.",
    "You are booked from 10:30 to 11:00 on Tuesday.",
    "Your cleaning with Dr Silva is scheduled for 24/11 at 10:30 am.",
    "Su cita está reservada: martes 24 de noviembre a las 10:30.",
    "¡Listo! Le he reservado el martes a las 10:30.",
    "Le esperamos el martes a las diez y media.",
    "Queda confirmada su cita.",
    "A sua marcação está feita: terça-feira, 24 de novembro, às 10:30.",
    "Marquei a sua consulta para terça às 10h30.",
    "Está marcado para dia 24 às 10h30.",
    "Esperamos por si na terça às 10:30.",
    "Ihr Termin ist gebucht: Dienstag, 24. November um 10:30 Uhr.",
]

FALSE_BOOKINGS = [
    "Your appointment is booked: Tuesday 24 November at 11:30.",
    "Done! I have booked you for Wednesday at 10:30.",
    "I've booked you in for Friday.\nSee you on Friday at 9!",
    "You're all set for tomorrow at 10:30.",
    "I've moved your appointment to Tuesday at 15:00.",
    "Your visit is scheduled for 25/11 at 10:30.",
    "Su cita está reservada: miércoles a las 10:30.",
    "Le he reservado el martes a las 11.",
    "Le esperamos mañana a las 10:30.",
    "He cambiado su cita al jueves a las 16:00.",
    "Marquei a sua consulta para quarta às 10h30.",
    "A sua consulta ficou marcada para amanhã às 15h.",
    "Está confirmado para sexta-feira às 9h.",
    "Reservei para si dia 25 às 10h30.",
    "I've put you down for Friday at 9.",
    "You have an appointment on Friday at 9:00.",
    "Perfect, Thursday at 10:00 it is!",
    "Te he apuntado para el jueves a las 10.",
    "Su cita queda para el jueves a las 10:00.",
    "Agendado! Quinta às 10h.",
    "Combinado: quinta às 10h.",
]

BARE_BOOKINGS = [
    "Your appointment is confirmed!",
    "I have booked your appointment.",
    "Booked!",
    "Su cita está confirmada.",
    "He reservado su cita.",
    "A sua consulta está marcada.",
    "Já marquei a sua consulta.",
    "Está confirmado!",
    "All set!",
    "It's in the calendar.",
    "Queda agendada.",
    "Ficou marcado.",
]

NO_CLAIMS = [
    "We are open Monday to Friday from 9:00 to 18:30.",
    "On Saturdays we open at 10:00.",
    "The clinic closes at 19:00 on Thursday.",
    "Opening hours: Mon-Fri 9:00-13:00 and 14:00-18:00, Sat 9:00-13:00.",
    "Monday 9:00–18:00\nTuesday 9:00–18:00",
    "Our lunch break is from 13:00 to 14:00.",
    "Emergencies are seen until 20:00 on weekdays.",
    "A cleaning takes 30 minutes and costs 45 €.",
    "A whitening lasts 1h30.",
    "Please cancel at least 24 hours before.",
    "Which day would suit you?",
    "Would you like the morning or the afternoon?",
    "Unfortunately Tuesday at 11:00 is not free.",
    "Friday at 9:00 is already taken. Which other day suits you?",
    "You asked for Friday at 9:00.",
    "I could not book that: the time has just been taken.",
    "Nothing is booked yet.",
    "We opened in 2014 and have 3 dentists.",
    "It costs 10.30 €.",
    "Call us at 912 345 678.",
    "Abrimos de lunes a viernes de 9:00 a 18:30.",
    "Los sábados abrimos a las 10.",
    "Nuestro horario es de 9 a 14 h y de 16 a 20 h.",
    "El martes a las 11 no está libre.",
    "¿Qué día le viene bien?",
    "Una limpieza dura 30 minutos.",
    "Cancele con 24 horas de antelación.",
    "Abrimos de segunda a sexta, das 9h às 18h30.",
    "Aos sábados abrimos às 10h.",
    "Fechamos às 19h na quinta-feira.",
    "Infelizmente terça às 11h já não está livre.",
    "Que dia lhe convém?",
    "A consulta dura 1h.",
    "Ainda não está nada marcado.",
    "Ainda não marquei nada.",
    "The emergency line is open every day from 8:00 to 22:00.",
    "You can cancel up to 24 hours before.",
    "I can book that for you once you choose a time.",
    "Later cancellations and missed visits cost €20.",
    "Are you sure you want to cancel?",
    "You have no appointment.",
    "No tiene ninguna cita.",
    "No está confirmado todavía.",
    "Estamos abertos das 9h às 18h de segunda a sexta.",
    "We are located at Rua 25 de Abril 10.",
    "Parking is free after 20:00.",
    "",
]


@pytest.mark.parametrize("reply", TRUE_OFFERS)
def test_a_time_that_was_offered_may_be_said(reply: str) -> None:
    assert wrong_claims(reply, OFFERED) == ()


@pytest.mark.parametrize("reply", FALSE_OFFERS)
def test_a_time_that_was_not_offered_is_noticed(reply: str) -> None:
    assert wrong_claims(reply, OFFERED)


@pytest.mark.parametrize("reply", [each for each in TRUE_OFFERS if "\n" not in each])
def test_what_was_free_once_is_noticed_when_it_was_not_looked_up_in_this_turn(reply: str) -> None:
    assert wrong_claims(reply, NOTHING)


@pytest.mark.parametrize("reply", TRUE_BOOKINGS)
def test_an_appointment_that_stands_may_be_said(reply: str) -> None:
    assert wrong_claims(reply, BOOKED) == ()


@pytest.mark.parametrize("reply", FALSE_BOOKINGS)
def test_an_appointment_at_another_time_is_noticed(reply: str) -> None:
    assert wrong_claims(reply, BOOKED)


@pytest.mark.parametrize("reply", [*TRUE_BOOKINGS, *BARE_BOOKINGS])
def test_an_appointment_is_noticed_where_none_is_booked_though_the_time_is_free(reply: str) -> None:
    assert wrong_claims(reply, OFFERED)


@pytest.mark.parametrize("reply", BARE_BOOKINGS)
def test_that_it_is_booked_may_be_said_of_an_appointment_that_stands(reply: str) -> None:
    assert wrong_claims(reply, BOOKED) == ()


@pytest.mark.parametrize("reply", NO_CLAIMS)
@pytest.mark.parametrize("facts", [NOTHING, OFFERED, BOOKED], ids=["nothing", "offered", "booked"])
def test_opening_hours_refusals_and_questions_are_no_claims(reply: str, facts: Facts) -> None:
    assert wrong_claims(reply, facts) == ()


@pytest.mark.parametrize(
    "reply",
    [
        "I have cancelled your appointment on Tuesday at 10:30.",
        "Your appointment is cancelled.",
        "He cancelado su cita del martes a las 10:30.",
        "A sua marcação foi cancelada.",
        "Cancelei a consulta de terça às 10h30.",
    ],
)
def test_that_it_is_cancelled_may_be_said_of_what_was_cancelled(reply: str) -> None:
    gone = Facts(TODAY, held=(held(24, 10, 30, State.CANCELLED),))
    assert wrong_claims(reply, gone) == ()
    assert wrong_claims(reply, NOTHING)


def test_that_it_is_cancelled_is_noticed_while_it_stands() -> None:
    assert wrong_claims("I have cancelled your appointment.", BOOKED)
    assert wrong_claims("Cancelei a sua consulta.", BOOKED)


def test_a_cancelled_appointment_is_none_that_stands() -> None:
    gone = Facts(TODAY, held=(held(24, 10, 30, State.CANCELLED),))
    assert wrong_claims("You are booked for Tuesday at 10:30.", gone)


def test_a_date_that_the_owner_wrote_down_is_no_slot() -> None:
    known = Facts(TODAY, known="Our summer party is on Saturday 28 November at 10:00.")
    assert wrong_claims("The party is on Saturday 28 November at 10:00.", known) == ()
    assert wrong_claims("Your appointment is on Saturday 28 November at 10:00.", known)


def test_that_it_is_open_then_does_not_make_a_time_free() -> None:
    known = Facts(TODAY, known="Tuesday 9:00-18:00. On Friday we open at 10:00.")
    assert wrong_claims("Tuesday at 9:00 is free.", known)
    assert wrong_claims("Please come on Tuesday at 9:00.", known)
    assert wrong_claims("Come on Friday at 10:00.", known)


def test_a_sentence_that_the_owner_wrote_down_is_no_claim_about_this_person() -> None:
    said = "You are told which times are free, and the one that you choose is booked at once."
    assert wrong_claims(said, NOTHING)
    assert wrong_claims(said, Facts(TODAY, known=f"How do I book? {said} Or call us.")) == ()


def test_without_a_calendar_only_what_is_surely_said_to_be_booked_is_looked_at() -> None:
    none = Facts(TODAY, only_bookings=True)
    assert wrong_claims("Friday at 9:00 would be fine.", none) == ()
    assert wrong_claims("I have booked you for Friday at 9:00.", none)


def test_the_end_of_an_appointment_may_be_said() -> None:
    assert wrong_claims("You are booked for Tuesday and it ends at 11:00.", BOOKED) == ()


def test_what_is_wrong_is_named_for_the_one_who_has_to_write_again() -> None:
    assert wrong_claims("Tuesday at 10:30 or Wednesday at 9:15 is free.", OFFERED) == ("wednesday at 9:15",)
