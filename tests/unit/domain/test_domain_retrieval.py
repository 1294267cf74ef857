"""What questions in three languages find in a price list, a Word file and a web page, as people have them."""

from functools import cache

from frontdesk.domain.importing import Page, parse_document
from frontdesk.domain.knowledge import SURE, KnowledgeIndex
from frontdesk.domain.turns import Passage
from frontdesk.kit.documents import pdf, web_page, word
from frontdesk.kit.documents.paper import Paper
from frontdesk.testing import documents
from frontdesk.testing.documents import column, docx, grid, paragraph

PRICES = documents.pdf(
    [
        (60, 800, 20, "Price list 2026", True),
        (60, 770, 11, "All prices include taxes. A plan of costs is free of charge.", False),
        (60, 730, 14, "Treatments", True),
        *column(
            ("Treatment", "Duration", "Price"),
            ("Check-up with x-ray", "30 min", "45 €"),
            ("Professional cleaning", "45 min", "60 €"),
            ("Filling, one surface", "30 min", "70 €"),
            ("Root canal, molar", "90 min", "320 €"),
            ("Crown, ceramic", "2 visits", "480 €"),
            ("Whitening at the clinic", "60 min", "290 €"),
            ("Implant with crown", "4 months", "1,450 €"),
            ("Night guard", "2 visits", "145 €"),
            ("Extraction of a wisdom tooth", "45 min", "150 €"),
        ),
    ],
    [
        (60, 800, 14, "Paying", True),
        (60, 770, 11, "We take cash, cards and bank transfers. Above 300 € you can pay in three instalments.", False),
        (60, 730, 14, "Missed appointments", True),
        (60, 700, 11, "Cancel a day before at the latest. After that we charge 25 €.", False),
    ],
)
FAQ = docx(
    paragraph("Preguntas frecuentes", style="heading 1"),
    paragraph("¿Dónde está la clínica?", bold=True),
    paragraph("En la calle Mayor 12, junto al metro Sol."),
    paragraph("¿Hay aparcamiento?", bold=True),
    paragraph("Sí, seis plazas detrás del edificio, gratis durante la visita."),
    paragraph("¿Atienden a niños?", bold=True),
    paragraph("Sí, desde los tres años, con la doctora Ruiz."),
    paragraph("¿Qué hago si tengo una urgencia?", bold=True),
    paragraph("Llame al 600 100 200: le damos hora el mismo día."),
    paragraph("¿Trabajan con seguros?", bold=True),
    paragraph("Con Sanitas, Adeslas y Mapfre. Traiga la tarjeta del seguro."),
    paragraph("¿Duele la limpieza?", bold=True),
    paragraph("No. Quien tiene dientes sensibles puede pedir anestesia."),
    paragraph("¿Dan factura?", bold=True),
    paragraph("Sí, se la enviamos por correo electrónico."),
    paragraph("Horario", style="heading 2"),
    grid(("Día", "Abierto"), ("Lunes a jueves", "9:00–19:00"), ("Viernes", "9:00–15:00"), ("Sábado", "10:00–13:00")),
)
PAGE = """<html><head><meta charset="utf-8"><title>Clínica</title></head><body><nav>Início</nav>
<h1>A nossa clínica</h1><p>Fundada em 1998. Falamos português, espanhol e inglês.</p>
<h2>Equipa</h2><h3>Dra. Ana Costa</h3><p>Ortodontia e alinhadores, às terças e quintas.</p>
<h3>Dr. João Reis</h3><p>Implantes e cirurgia.</p>
<h2>Perguntas</h2>
<details><summary>Como marco uma consulta?</summary><p>Por WhatsApp ou pelo telefone.</p></details>
<details><summary>A clínica é acessível a cadeiras de rodas?</summary><p>Sim, há elevador e rampa.</p></details>
<details><summary>Quanto tempo dura o branqueamento?</summary><p>Os dentes ficam brancos cerca de um ano.</p></details>
<h2>Depois de uma extração</h2><ul><li>Não fume durante dois dias.</li><li>Coma alimentos moles e frios.</li></ul>
<h2>Vales de oferta</h2><p>Vendemos vales a partir de 50 euros na receção.</p>
<footer>NIF 500 100 200</footer></body></html>"""

# What is asked, and the beginning of what answers it.
ASKED = {
    "How much is a cleaning?": "Treatment: Professional cleaning",
    "what does a filling cost": "Treatment: Filling",
    "price of a root canal": "Treatment: Root canal",
    "How much do you charge for whitening?": "Treatment: Whitening",
    "how expensive is an implant": "Treatment: Implant",
    "How much for a night guard?": "Treatment: Night guard",
    "what is the price of a ceramic crown": "Treatment: Crown",
    "How long does a check-up take?": "Treatment: Check-up",
    "do you pull wisdom teeth": "Treatment: Extraction",
    "Can I pay in instalments?": "We take cash",
    "can I pay by card": "We take cash",
    "I need to cancel my appointment, does it cost anything?": "Cancel a day before",
    "Where are you located?": "En la calle Mayor",
    "Is there parking?": "Sí, seis plazas",
    "do you treat children?": "Sí, desde los tres",
    "It is an emergency, what do I do?": "Llame al",
    "Which insurances do you accept?": "Con Sanitas",
    "Does a cleaning hurt?": "No. Quien",
    "Can I have an invoice?": "Sí, se la enviamos",
    "Are you open on Saturday?": "Día: Sábado",
    "What are your opening hours?": "Lunes a jueves",
    "how do I book an appointment": "Por WhatsApp",
    "Is it accessible by wheelchair?": "Sim, há elevador",
    "Do you sell gift vouchers?": "Vendemos vales",
    "who does braces": "Ortodontia",
    "do you speak English?": "Fundada em 1998",
    "¿Cuánto cuesta una limpieza?": "Treatment: Professional cleaning",
    "precio de un empaste": "Treatment: Filling",
    "¿cuánto vale un blanqueamiento?": "Treatment: Whitening",
    "¿Cuánto cuesta un implante?": "Treatment: Implant",
    "¿Se puede pagar a plazos?": "We take cash",
    "¿dónde están?": "En la calle Mayor",
    "¿puedo aparcar cerca?": "Sí, seis plazas",
    "¿aceptan Adeslas?": "Con Sanitas",
    "¿abren los sábados?": "Día: Sábado",
    "¿a qué hora cierran el viernes?": "Día: Viernes",
    "¿me duele la limpieza?": "No. Quien",
    "mi hija tiene cinco años, ¿la pueden ver?": "Sí, desde los tres",
    "Quanto custa uma limpeza?": "Treatment: Professional cleaning",
    "qual é o preço de uma desvitalização": "Treatment: Root canal",
    "Quanto custa o branqueamento?": "Treatment: Whitening",
    "posso pagar em prestações?": "We take cash",
    "onde fica a clínica?": "En la calle Mayor",
    "têm estacionamento?": "Sí, seis plazas",
    "atendem crianças?": "Sí, desde los tres",
    "como posso marcar uma consulta?": "Por WhatsApp",
    "há acesso para cadeira de rodas?": "Sim, há elevador",
    "posso fumar depois da extração?": "- Não fume",
    "vendem vales?": "Vendemos vales",
    "passam fatura?": "Sí, se la enviamos",
    "preciso de desmarcar": "Cancel a day before",
    "quem trata dos implantes?": "Implantes e cirurgia",
}
STRANGE = ("Do you repair bicycles?", "¿Venden gafas de sol?", "Qual é a capital da Austrália?")


@cache
def index() -> KnowledgeIndex:
    """All three documents."""

    def passages(pages: list[Paper], name: str) -> tuple[Passage, ...]:
        return parse_document([Page(each.number, each.text) for each in pages], name)

    return KnowledgeIndex(
        [
            *passages(pdf.read(PRICES), "price-list.pdf"),
            *passages(word.read(FAQ), "preguntas.docx"),
            *passages(web_page.read(PAGE.encode()), "clinica.html"),
        ]
    )


def missed(among: int) -> list[str]:
    """The questions whose answer is not among so many passages."""
    found = {asked: index().search(asked, among) for asked in ASKED}
    return [asked for asked, answer in ASKED.items() if not any(one.text.startswith(answer) for one in found[asked])]


def test_nine_of_ten_questions_find_their_answer_first_and_nearly_all_among_three() -> None:
    assert len(ASKED) >= 50
    assert len(missed(1)) <= len(ASKED) // 10, missed(1)
    assert len(missed(3)) <= len(ASKED) // 25, missed(3)


def test_what_no_document_says_is_not_taken_for_an_answer() -> None:
    for asked in STRANGE:
        assert all(found.score < SURE for found in index().search(asked)), asked


def test_every_answer_of_the_set_stands_in_the_documents() -> None:
    texts = [passage.text for passage in index().passages]
    assert [answer for answer in ASKED.values() if not any(text.startswith(answer) for text in texts)] == []
