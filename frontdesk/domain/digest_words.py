"""The words of digests, in the languages in which they are written."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """One language. Braces are filled in."""

    title: str
    late: str
    nothing: str
    waiting: str
    nobody_waits: str
    since: str
    missed: str
    offline: str
    offline_answered: str
    offline_missed: str
    draft: str
    more: str
    pledges: str
    due: str
    overdue: str
    decisions: str
    chats: str
    more_chats: str
    counts: str
    counts_one: str  # of one chat
    went_out: str
    by: Mapping[str, str]
    authors: Mapping[str, str]  # who of us wrote what is quoted
    failed: str
    by_messages: str
    model_failed: str
    sum_in: str
    reasons: Mapping[str, str]
    answered: str
    pending: str


WORDS = {
    "en": Words(
        title="Digest, {since} to {until}",
        late="This digest is late: it was due on {due}.",
        nothing="Nothing came in.",
        waiting="Waiting on you",
        nobody_waits="Nobody waits for an answer.",
        since="since {at}",
        missed="missed while offline",
        offline="Came in while offline: {n}",
        offline_answered="{n} answered",
        offline_missed="{n} missed",
        draft="a draft waits for your yes",
        more="and {n} more",
        pledges="Promised",
        due="by {at}",
        overdue="overdue since {at}",
        decisions="Decided",
        chats="By chat",
        more_chats="and {n} more chats",
        counts="{inbound} in from {chats} chats",
        counts_one="{inbound} in from one chat",
        went_out="{outbound} out ({by})",
        by={"agent": "agent {n}", "system": "Frontdesk {n}", "operator": "team {n}", "phone": "phone {n}"},
        authors={"agent": "Agent", "system": "Frontdesk", "operator": "Team", "phone": "Phone"},
        failed="{failed} not delivered",
        by_messages="Made without a model: the words are those of the messages.",
        model_failed="The model failed at some chats: their words are those of the messages.",
        sum_in="{inbound} in = {parts}",
        answered="{n} answered",
        pending="{n} being answered",
        reasons={
            "history": "{n} from before the line was linked",
            "kind": "{n} that ask for no answer",
            "held": "{n} left to a person",
            "not_trusted": "{n} in chats without trust",
            "agent_off": "{n} where the agent is off",
            "too_old": "{n} missed while offline",
            "own_chat": "{n} in the own chat",
            "hours": "{n} outside the hours of the agent",
            "paused": "{n} while the agent was paused",
        },
    ),
    "es": Words(
        title="Resumen, del {since} al {until}",
        late="Este resumen llega tarde: era para el {due}.",
        nothing="No entró nada.",
        waiting="Le esperan",
        nobody_waits="Nadie espera respuesta.",
        since="desde {at}",
        missed="perdido sin conexión",
        offline="Llegaron sin conexión: {n}",
        offline_answered="{n} respondidos",
        offline_missed="{n} perdidos",
        draft="un borrador espera su visto bueno",
        more="y {n} más",
        pledges="Prometido",
        due="para el {at}",
        overdue="vencido desde el {at}",
        decisions="Decidido",
        chats="Por chat",
        more_chats="y {n} chats más",
        counts="{inbound} recibidos de {chats} chats",
        counts_one="{inbound} recibidos de un chat",
        went_out="{outbound} enviados ({by})",
        by={"agent": "agente {n}", "system": "Frontdesk {n}", "operator": "equipo {n}", "phone": "teléfono {n}"},
        authors={"agent": "Agente", "system": "Frontdesk", "operator": "Equipo", "phone": "Teléfono"},
        failed="{failed} sin entregar",
        by_messages="Hecho sin modelo: las palabras son las de los mensajes.",
        model_failed="El modelo falló en algunos chats: sus palabras son las de los mensajes.",
        sum_in="{inbound} recibidos = {parts}",
        answered="{n} respondidos",
        pending="{n} en respuesta",
        reasons={
            "history": "{n} de antes de enlazar la línea",
            "kind": "{n} que no piden respuesta",
            "held": "{n} que atiende una persona",
            "not_trusted": "{n} en chats sin confianza",
            "agent_off": "{n} con el agente apagado",
            "too_old": "{n} perdidos sin conexión",
            "own_chat": "{n} en el chat propio",
            "hours": "{n} fuera del horario del agente",
            "paused": "{n} con el agente en pausa",
        },
    ),
    "pt": Words(
        title="Resumo, de {since} a {until}",
        late="Este resumo está atrasado: era para {due}.",
        nothing="Nada entrou.",
        waiting="À sua espera",
        nobody_waits="Ninguém espera resposta.",
        since="desde {at}",
        missed="perdida sem ligação",
        offline="Chegaram sem ligação: {n}",
        offline_answered="{n} respondidas",
        offline_missed="{n} perdidas",
        draft="um rascunho espera a sua aprovação",
        more="e mais {n}",
        pledges="Prometido",
        due="até {at}",
        overdue="em atraso desde {at}",
        decisions="Decidido",
        chats="Por conversa",
        more_chats="e mais {n} conversas",
        counts="{inbound} recebidas de {chats} conversas",
        counts_one="{inbound} recebidas de uma conversa",
        went_out="{outbound} enviadas ({by})",
        by={"agent": "agente {n}", "system": "Frontdesk {n}", "operator": "equipa {n}", "phone": "telefone {n}"},
        authors={"agent": "Agente", "system": "Frontdesk", "operator": "Equipa", "phone": "Telefone"},
        failed="{failed} não entregues",
        by_messages="Feito sem modelo: as palavras são as das mensagens.",
        model_failed="O modelo falhou em algumas conversas: as palavras são as das mensagens.",
        sum_in="{inbound} recebidas = {parts}",
        answered="{n} respondidas",
        pending="{n} em resposta",
        reasons={
            "history": "{n} de antes de ligar a linha",
            "kind": "{n} que não pedem resposta",
            "held": "{n} com uma pessoa",
            "not_trusted": "{n} em conversas sem confiança",
            "agent_off": "{n} com o agente desligado",
            "too_old": "{n} perdidas sem ligação",
            "own_chat": "{n} na conversa própria",
            "hours": "{n} fora do horário do agente",
            "paused": "{n} com o agente em pausa",
        },
    ),
}
OTHER = {"en": "{n} not answered ({reason})", "es": "{n} sin respuesta ({reason})", "pt": "{n} sem resposta ({reason})"}
