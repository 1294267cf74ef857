"""Reading when: relative to the moment in which it was said, in the house's zone, across clock changes."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from frontdesk.domain import moments

MADRID = "Europe/Madrid"
TUESDAY = "2026-11-17 11:20"


def ms(local: str, zone: str = MADRID) -> int:
    return int(datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1_000)


def read(text: str, said: str = TUESDAY, zone: str = MADRID) -> str | None:
    found = moments.find(text, ms(said, zone), zone)
    return datetime.fromtimestamp(found.at / 1_000, ZoneInfo(zone)).strftime("%m-%d %H:%M") if found else None


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("tomorrow", "11-18 10:00"),
        ("tomorrow at 5", "11-18 17:00"),
        ("tomorrow at 9", "11-18 09:00"),
        ("at 5 tomorrow", "11-18 17:00"),
        ("tomorrow morning", "11-18 10:00"),
        ("tomorrow afternoon", "11-18 16:00"),
        ("first thing tomorrow", "11-18 09:00"),
        ("by noon tomorrow", "11-18 12:00"),
        ("the day after tomorrow", "11-19 10:00"),
        ("today", "11-17 17:00"),
        ("later today", "11-17 18:00"),
        ("this afternoon", "11-17 16:00"),
        ("this evening", "11-17 19:00"),
        ("tonight", "11-17 19:00"),
        ("in the afternoon", "11-17 16:00"),
        ("by the end of the day", "11-17 18:00"),
        ("by end of day tomorrow", "11-18 18:00"),
        ("by 5 pm", "11-17 17:00"),
        ("by 5pm", "11-17 17:00"),
        ("before 17:30", "11-17 17:30"),
        ("at 9", "11-17 21:00"),
        ("at 9 am", "11-18 09:00"),
        ("at 10:15", "11-17 22:15"),
        ("by noon", "11-17 12:00"),
        ("on Friday", "11-20 10:00"),
        ("by Friday at 16:00", "11-20 16:00"),
        ("on Friday by 5 pm", "11-20 17:00"),
        ("by Fri", "11-20 10:00"),
        ("on Tuesday", "11-24 10:00"),
        ("next Thursday", "11-19 10:00"),
        ("before Friday", "11-19 16:00"),
        ("before tomorrow", "11-18 10:00"),
        ("this week", "11-20 17:00"),
        ("next week", "11-23 10:00"),
        ("next week on Wednesday", "11-25 10:00"),
        ("Wednesday next week", "11-25 10:00"),
        ("at the weekend", "11-21 10:00"),
        ("next month", "12-01 10:00"),
        ("by the end of the month", "11-30 10:00"),
        ("in 2 hours", "11-17 13:20"),
        ("in two hours", "11-17 13:20"),
        ("within an hour", "11-17 12:20"),
        ("in half an hour", "11-17 11:50"),
        ("in 20 minutes", "11-17 11:40"),
        ("in a few minutes", "11-17 11:35"),
        ("within 24 hours", "11-18 11:20"),
        ("within 24-48 hours", "11-19 11:20"),
        ("in 3 days", "11-20 10:00"),
        ("in a couple of days", "11-19 10:00"),
        ("within 2 business days", "11-19 10:00"),
        ("within 5 working days", "11-24 10:00"),
        ("in two weeks", "12-01 10:00"),
        ("shortly", "11-17 12:20"),
        ("right away", "11-17 12:20"),
        ("on 24/11", "11-24 10:00"),
        ("on 24/11/2026 at 15:00", "11-24 15:00"),
        ("on 24 November", "11-24 10:00"),
        ("on November 24th", "11-24 10:00"),
        ("by the 24th", "11-24 10:00"),
        ("by the 3rd", "12-03 10:00"),
        ("on 5 January", "01-05 10:00"),
    ],
)
def test_moments_are_read_in_english(text: str, when: str) -> None:
    assert read(f"I'll send it {text}.") == when


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("mañana", "11-18 10:00"),
        ("mañana por la mañana", "11-18 10:00"),
        ("mañana por la tarde", "11-18 16:00"),
        ("mañana a las 5", "11-18 17:00"),
        ("mañana a las 9:30", "11-18 09:30"),
        ("mañana a primera hora", "11-18 09:00"),
        ("pasado mañana", "11-19 10:00"),
        ("hoy", "11-17 17:00"),
        ("esta tarde", "11-17 16:00"),
        ("esta noche", "11-17 19:00"),
        ("hoy a última hora", "11-17 18:00"),
        ("más tarde", "11-17 18:00"),
        ("a las 5 de la tarde", "11-17 17:00"),
        ("antes de las 18:00", "11-17 18:00"),
        ("a las 17h", "11-17 17:00"),
        ("antes del mediodía", "11-17 12:00"),
        ("el lunes", "11-23 10:00"),
        ("el lunes por la tarde", "11-23 16:00"),
        ("el próximo viernes", "11-20 10:00"),
        ("el viernes que viene a las 12", "11-20 12:00"),
        ("el miércoles", "11-18 10:00"),
        ("el sábado", "11-21 10:00"),
        ("antes del viernes", "11-19 16:00"),
        ("esta semana", "11-20 17:00"),
        ("la semana que viene", "11-23 10:00"),
        ("la próxima semana", "11-23 10:00"),
        ("el martes de la semana que viene", "11-24 10:00"),
        ("el fin de semana", "11-21 10:00"),
        ("a fin de mes", "11-30 10:00"),
        ("el mes que viene", "12-01 10:00"),
        ("en 2 horas", "11-17 13:20"),
        ("en una hora", "11-17 12:20"),
        ("en media hora", "11-17 11:50"),
        ("en unos minutos", "11-17 11:35"),
        ("en un rato", "11-17 12:20"),
        ("enseguida", "11-17 12:20"),
        ("dentro de 3 días", "11-20 10:00"),
        ("en 2 días hábiles", "11-19 10:00"),
        ("en las próximas 24 horas", "11-18 11:20"),
        ("el 24 de noviembre", "11-24 10:00"),
        ("el 24/11 a las 10:30", "11-24 10:30"),
        ("el día 24", "11-24 10:00"),
        ("el 3", "12-03 10:00"),
    ],
)
def test_moments_are_read_in_spanish(text: str, when: str) -> None:
    assert read(f"Te lo mando {text}.") == when


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("amanhã", "11-18 10:00"),
        ("amanhã às 15h", "11-18 15:00"),
        ("amanhã às 15h30", "11-18 15:30"),
        ("amanhã de manhã", "11-18 10:00"),
        ("amanhã à tarde", "11-18 16:00"),
        ("amanhã logo cedo", "11-18 09:00"),
        ("depois de amanhã", "11-19 10:00"),
        ("hoje", "11-17 17:00"),
        ("hoje à tarde", "11-17 16:00"),
        ("hoje à noite", "11-17 19:00"),
        ("até as 17h", "11-17 17:00"),
        ("até às 17h", "11-17 17:00"),
        ("até o fim do dia", "11-17 18:00"),
        ("mais tarde", "11-17 18:00"),
        ("às 4 da tarde", "11-17 16:00"),
        ("até sexta", "11-20 10:00"),
        ("até sexta-feira", "11-20 10:00"),
        ("na segunda", "11-23 10:00"),
        ("segunda-feira às 14h", "11-23 14:00"),
        ("na próxima quinta", "11-19 10:00"),
        ("sábado", "11-21 10:00"),
        ("esta semana", "11-20 17:00"),
        ("semana que vem", "11-23 10:00"),
        ("na próxima semana", "11-23 10:00"),
        ("no fim do mês", "11-30 10:00"),
        ("em 2 horas", "11-17 13:20"),
        ("em meia hora", "11-17 11:50"),
        ("daqui a 20 minutos", "11-17 11:40"),
        ("em alguns minutos", "11-17 11:35"),
        ("daqui a pouco", "11-17 12:20"),
        ("em até 24 horas", "11-18 11:20"),
        ("em 2 dias úteis", "11-19 10:00"),
        ("dia 24", "11-24 10:00"),
        ("no dia 24 de novembro", "11-24 10:00"),
        ("até 24/11", "11-24 10:00"),
        ("ao meio-dia", "11-17 12:00"),
    ],
)
def test_moments_are_read_in_portuguese(text: str, when: str) -> None:
    assert read(f"Envio o contrato {text}.") == when


@pytest.mark.parametrize(
    "text",
    [
        "We'll get back to you",
        "I'll send you the menu of Friday",
        "I'll confirm tomorrow's appointment",
        "Te mando el menú del lunes",
        "Te confirmo la cita de mañana",
        "Te envio a segunda via do boleto",
        "We are here 24/7",
        "It costs 5 euros",
        "Good morning",
        "Boa tarde",
        "I'll send all 3 of them as soon as possible",
        "Half of it was sent on 30/02",
        "It was on 12/11",
    ],
)
def test_what_only_looks_like_a_moment_is_none(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("said", "text", "when"),
    [
        ("2026-11-17 16:30", "this afternoon", "11-17 18:00"),
        ("2026-11-17 18:30", "this afternoon", "11-17 19:30"),
        ("2026-11-17 17:30", "today", "11-17 18:30"),
        ("2026-11-17 18:30", "later today", "11-18 10:00"),
        ("2026-11-17 18:30", "by 5 pm", "11-18 17:00"),
        ("2026-11-17 18:30", "in the morning", "11-18 10:00"),
        ("2026-11-20 18:30", "this week", "11-22 17:00"),
        ("2026-11-30 18:30", "by the end of the month", "11-30 19:30"),
        ("2026-12-30 12:00", "on 2 January", "01-02 10:00"),
        ("2026-12-30 12:00", "next month", "01-01 10:00"),
        ("2027-01-31 12:00", "on the 30th.", "03-30 10:00"),
    ],
)
def test_a_part_of_the_day_that_is_nearly_over_is_still_meant(said: str, text: str, when: str) -> None:
    assert read(f"I'll call {text}", said) == when


def test_nothing_is_promised_for_the_past() -> None:
    now = ms(TUESDAY)
    for text in ("today at 9:00", "at 11:20 today", "on 17/11/2026 at 8:00", "this morning"):
        found = moments.find(text, now, MADRID)
        assert found is not None
        assert found.at > now


def test_days_stand_before_months_but_in_the_united_states() -> None:
    assert read("on 3/12") == "12-03 10:00"
    assert read("on 12/3", zone="America/New_York") == "12-03 10:00"
    assert read("on 24/11", zone="America/New_York") == "11-24 10:00"


@pytest.mark.parametrize(
    ("said", "text", "when"),
    [
        ("2026-03-28 12:00", "tomorrow at 9 am", "03-29 09:00"),  # the night loses an hour
        ("2026-03-28 12:00", "in 24 hours", "03-29 13:00"),
        ("2026-03-28 12:00", "tomorrow at 2:30 am", "03-29 03:30"),  # a time that there is not
        ("2026-10-24 12:00", "tomorrow at 9 am", "10-25 09:00"),  # the night has an hour more
        ("2026-10-24 12:00", "in 24 hours", "10-25 11:00"),
        ("2026-10-24 12:00", "in 2 days", "10-26 10:00"),
    ],
)
def test_clock_changes_move_what_is_counted_in_hours_and_not_what_is_said_by_the_clock(
    said: str, text: str, when: str
) -> None:
    assert read(text, said) == when


def test_of_a_time_that_comes_twice_the_first_is_meant() -> None:
    found = moments.find("tomorrow at 2:30 am", ms("2026-10-24 12:00"), MADRID)
    assert found is not None
    assert found.at == int(datetime.fromisoformat("2026-10-25T00:30:00+00:00").timestamp() * 1_000)


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("2026-11-17 11:20", "11-18 10:00"),
        ("2026-11-20 09:00", "11-23 10:00"),
        ("2026-11-21 09:00", "11-23 10:00"),
        ("2026-11-22 23:59", "11-23 10:00"),
        ("2026-03-27 12:00", "03-30 10:00"),
    ],
)
def test_without_a_moment_it_is_due_on_the_next_working_day(said: str, due: str) -> None:
    at = moments.by_default(ms(said), MADRID)
    assert datetime.fromtimestamp(at / 1_000, ZoneInfo(MADRID)).strftime("%m-%d %H:%M") == due


def test_the_same_words_mean_other_moments_in_other_zones() -> None:
    now = ms("2026-11-17 23:30", "UTC")
    tokyo = moments.find("tomorrow at 9 am", now, "Asia/Tokyo")
    lima = moments.find("tomorrow at 9 am", now, "America/Lima")
    assert tokyo is not None
    assert lima is not None
    assert tokyo.at == ms("2026-11-19 09:00", "Asia/Tokyo")
    assert lima.at == ms("2026-11-18 09:00", "America/Lima")


def test_where_it_is_said_is_told() -> None:
    text = "Perfeito, amanhã às 15h te ligo."
    found = moments.find(text, ms(TUESDAY), MADRID)
    assert found is not None
    assert text[found.start : found.end].strip() == "amanhã às 15h"
