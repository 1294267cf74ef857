"""A stand-in for WhatsApp Web on loopback, with scripted phones: the real library of linked devices talks to it.

    async with Lab(folder) as lab:
        shop = lab.add_account("4915100000001", "Shop")
        anna = Phone(lab, lab.add_account("4915100000002", "Anna"))
        owner = Phone(lab, shop)                      # the shop's own phone; optional, before linking
        child = await create_subprocess_exec(..., env={**os.environ, **lab.environment()})
        device = await lab.scan_qr(shop, qr_text)     # what the child shows; or enter_code(shop, "ABCD-EFGH")
        sent = await anna.send_text(shop, "Hello")    # encrypted for every device of the shop
        answer = await anna.next()                    # decrypted: .text .kind .id .sender .chat .media .quoted ...

The lab is a server (TLS, handshake, pairing, queries, relay, queue, groups, media) and never sees plaintext; the phones
hold keys and do. The copy of the installed library that calls the lab is made when the lab starts, in its folder: it
works on 64-bit Intel and AMD Linux with exactly the locked version, and says what needs another look otherwise.

Lab:    environment()   add_account(phone, name)   create_group(subject, owner, members)   groups.rename/add/remove(...)
        scan_qr   enter_code   spoil_pairing   demand_passkey   refuse_codes   pairing.references = 1: one QR code only
        unlink(device)   replace(device)   drop(device)   refuse(device or None, code, expires_in=)   accept(device)
        go_away() / come_back(): an outage   hold(device) / release(device): nothing is delivered meanwhile
        damage(account, messages=1): arrive unreadable   leave_unanswered("message" or a query's namespace, times)
        addressing = "lid" or "pn"   log, journal.stanzas(tag)   unknown, errors: stay empty   media.lose(path)
Account: .phone .lid .name .devices   .hidden = True: others learn only one of its addresses (until set to False)
Device: .waiting: ids that are not acknowledged   .acknowledged: ids that are, in order   .active .presence
Phone:  send_text(to, text, Context(quoting=, mentions=, expires_after=, forwarded=))   reply   react   edit   revoke
        send_file(to, "image", content, About(mime, caption=, thumbnail=, is_voice=, view_once=, ...))   send_location
        send_contacts   send_poll   set_timer   send_empty(group)   send_unavailable   post_status   send(to, fields)
        read   play   type   call
        next(kind, sender=)   next_receipt(kind)   next_typing()   open(received)   history   duplicates   undecryptable
        as the owner: send_past(device, Past([PastChat(account, [Line(...)])]))   share_settings_key(device)
        `to` is an Account or a Group; sending to oneself is allowed
What a green run shows is that our code and the library do their part; WhatsApp itself may refuse what the lab accepts.
"""

from frontdesk.testing.lab.accounts import Account, Device, Group
from frontdesk.testing.lab.binary import JID, Node
from frontdesk.testing.lab.composing import About, Context
from frontdesk.testing.lab.errors import LabError
from frontdesk.testing.lab.handset import Sent
from frontdesk.testing.lab.history import Line, Past, PastChat
from frontdesk.testing.lab.phone import Phone
from frontdesk.testing.lab.reading import Media, Receipt, Received, Said, Typing
from frontdesk.testing.lab.server import Lab

__all__ = [
    "JID",
    "About",
    "Account",
    "Context",
    "Device",
    "Group",
    "Lab",
    "LabError",
    "Line",
    "Media",
    "Node",
    "Past",
    "PastChat",
    "Phone",
    "Receipt",
    "Received",
    "Said",
    "Sent",
    "Typing",
]
