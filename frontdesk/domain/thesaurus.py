"""Words that mean the same at a front desk, in English, Spanish and Portuguese. Written without accents."""

# Each line is one meaning; its first word names it. Forms that only differ by an ending are found by the stemmer.
_GROUPS = """
price cost fee charge rate tariff precio cuesta cuestan costar coste tarifa preco custa custam custar custo
price quanto cuanto cuanta valor expensive caro cheap barato
hours schedule timetable horario horarios funcionamento funcionamiento
open opened abierto abierta abren abre abrir aberto aberta abrem apertura abertura
close closed cerrado cerrada cierran cierra cerrar fechado fechada fecham fecha fechar
address located location situated where street direccion ubicacion ubicados donde calle endereco localizacao
address morada onde rua fica ficam
park parking aparcar aparcamiento estacionar estacionamiento estacionamento parqueadero garage car auto coche
park carro
book appointment appointments booking reserve reservation cita citas reservar reserva turno marcar marcacao
book agendar agenda agendamento
consultation consult consulta consultas checkup examination visit visita exam
cancel cancellation cancelar cancelacion cancelo cancelamento anular desmarcar
reschedule postpone change move moved reprogramar cambiar cambio aplazar reagendar remarcar adiar mudar alterar
insurance insurer seguro seguros aseguradora convenio mutua seguradora
pay pays paid paying payment payments pago pagos pagar pagamento pagamentos
card cards visa mastercard tarjeta tarjetas cartao cartoes credit debit credito debito
cash efectivo dinheiro numerario
instalment installment instalments installments plazos cuotas parcela parcelas prestacao prestacoes monthly
instalment mensual mensais
invoice receipt bill factura recibo fatura
emergency urgent urgency emergencia urgencia urgencias emergencias urgente
pain hurt hurts hurting painful ache aching duele duelen dolor doloroso doi doem dor dores dolorosa
child children kid kids son daughter nino ninos nina ninas hijo hija hijos crianca criancas filho filha filhos
child infantil baby bebe
language languages speak spoken idioma idiomas hablan habla hablar lingua linguas falam fala falar
wheelchair disabled accessible accessibility ruedas discapacitados cadeira rodas accesible acessivel deficientes
transport bus buses metro train subway underground tram autobus autocarro tren comboio transporte
saturday sabado saturdays
sunday domingo domingos
weekend finde
holiday holidays festivo festivos feriado feriados
today hoy hoje
tomorrow manana amanha
lunch lunchtime midday noon mediodia almuerzo comida almoco
late delay delayed tarde retraso atrasado atraso atrasada
bring traer llevar trazer levar
accept accepted take takes aceptan acepta aceptar aceita aceitam aceitar work trabajan trabaja trabalham
accept trabalha
money dinero
first primera primero primeira primeiro
tooth dental teeth diente dientes dente dentes muela muelas
dentist doctor doctors dentists dentista dentistas medico medica medicos doutor doutora
clean cleaning cleanings limpieza limpiezas limpeza limpezas hygiene polishing destartarizacao higiene
whitening whiten whiter bleach bleaching blanqueamiento blanquear branqueamento clareamento branquear
filling fillings empaste empastes obturacion obturacao chumbo restauracao cavity cavities caries carie
rootcanal endodontics endodoncia desvitalizacao
implant implants implante implantes
braces aligner aligners orthodontics orthodontist ortodoncia brackets ortodontia aparelho aparato invisalign
braces alineadores alinhadores
extraction extract pull pulled pulling extraccion extracao extrair arrancar sacar tirar
wifi internet wireless
treatment treatments service services tratamiento tratamientos servicio servicios tratamento tratamentos servico
treatment servicos
delivery deliver shipping ship envio envios entrega entregas entregar enviar domicilio
return refund refunds returns devolucion devolver reembolso devolucao
discount discounts offer promotion descuento descuentos oferta desconto descontos promocao promocion
stock available availability disponible disponibilidad disponivel disponibilidade
size sizes talla tallas tamano tamanho tamanhos
guarantee warranty garantia
order orders pedido pedidos encomenda encomendas
contact phone telephone number telefono telefone contacto contato numero
email mail correo
website web site pagina sitio
checkin arrival entrada llegada chegada
checkout departure salida saida
breakfast desayuno
pets pet dog cat mascota mascotas perro gato animais animal cao cachorro
rent rental alquiler alquilar aluguer alugar aluguel arrendar
deposit fianza caucao sinal
viewing viewings
room rooms habitacion habitaciones quarto quartos
table mesa mesas
menu carta ementa cardapio
vegetarian vegan vegetariano vegetariana vegano vegana
allergy allergies allergic alergia alergias alergico
document documents id documento documentos identity identificacion
free gratis gratuito gratuita gratuitos
sedation anaesthesia anesthesia anestesia sedacion sedacao numb
afraid scared fear nervous anxious miedo medo
eat eating food comer
night noche noite
soon quick quickly earliest fast pronto rapido cedo
duration dura duran tarda tardan demora demoram duracion duracao
voucher vouchers gift vales bono bonos regalo
team staff equipo equipa equipe
"""

# Said in several words, read as one.
_PHRASES = """
how much time > duration
how long > duration
quanto tempo > duration
cuanto tiempo > duration
how much > price
how do i get > transport
how to get > transport
what time > hours
a que hora > hours
a que horas > hours
ate que horas > hours
hasta que hora > hours
when are you open > hours open
when do you open > hours open
root canal > rootcanal
wi fi > wifi
check up > checkup
silla de ruedas > wheelchair
cadeira de rodas > wheelchair
fim de semana > weekend
fin de semana > weekend
e mail > email
how can i get > transport
como llego > transport
como llegar > transport
como chego > transport
como chegar > transport
credit card > card
id card > document
wisdom teeth > tooth
"""

# Too common to tell one question from another.
_STOP = """
a an the and or but if of to in on at for from by with about as into is are was were be been am do does did doing
have has had having i me my mine we our us you your yours he she it its they them their this that these those there
here what which who whom how when why can could will would shall should may might must please thanks thank hello hi
hey not no yes so too very just also any some get got let want wants need needs like tell know much many more than
then still only dear good again ok okay hm well im id ive youre dont cant isnt s t m re ve d ll per via ask question
possible possibly usually exactly really actually wondering someone something anything way thing things else give
gives given el la los las un una unos unas y o u de del al en por para con sin sobre es son esta estan estoy soy ser
estar hay tiene tienen tengo tener que cual cuales quien como cuando si mi mis tu tus su sus nos se le les lo te yo
ella usted ustedes nosotros pero mas muy tambien puedo puede pueden podria podrian quiero quisiera necesito gracias
hola buenos buenas dias favor algun alguna algo este esto eso esa ese ha hacen hacer hace hago os um uma uns umas e
da dos das na nas ao aos pelo pela com sem sob ou sao estou tem tenho ter qual quais quem quando porque eu ele ela
eles voce voces seu sua seus suas meu minha nao sim muito tambem posso pode podem poderia queria quero gostaria
preciso obrigado obrigada ola bom boa dia fazem fazer faz isso isto aqui ate vossa vosso vossas vossos nuestra
nuestro nossa nosso make made new use used somewhere anywhere see sees going go come comes ill day days minute
minutes now one two three other another otro otra outro outra closest near nearest nearby cerca perto whats wheres
hows whens whos theres lets faco fazemos under between each every after before until while atienden atender atendem
tratan
"""


def _groups() -> dict[str, str]:
    named: dict[str, str] = {}
    for line in _GROUPS.split("\n"):
        words = line.split()
        for word in words:
            named.setdefault(word, words[0])
    return named


MEANINGS = _groups()  # word -> the name of its meaning
PHRASES = tuple(tuple(line.split(" > ")) for line in _PHRASES.strip().split("\n"))
STOP_WORDS = frozenset(_STOP.split())
