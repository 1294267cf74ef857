"""What WhatsApp handed over stays on disk until it is stored, whatever happens to the process or the file."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from frontdesk.channels.linked import spool as spools
from frontdesk.channels.linked.sends import LARGE, NAME, Sends, may_have_gone_out
from frontdesk.channels.linked.spool import Spool

AT = 1_795_000_000_000


def _taken(spool: Spool) -> list[tuple[int, int, bytes]]:
    return [(record.seq, record.code, record.content) for record in spool.take()]


def _file(folder: Path) -> Path:
    (file,) = folder.glob("spool-*")
    return file


def test_what_is_put_is_taken_in_order_with_numbers_that_grow_by_one(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(17, b"first", AT)
    spool.put(18, b"second", AT)
    assert _taken(spool) == [(1, 17, b"first"), (2, 18, b"second")]


def test_who_takes_waits_for_what_comes(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    taken: list[bytes] = []
    reader = threading.Thread(target=lambda: taken.extend(record.content for record in spool.take()))
    reader.start()
    spool.put(17, b"late", AT)
    reader.join(10)
    assert taken == [b"late"]


def test_a_spool_that_is_closed_lets_its_reader_go(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.close()
    assert spool.take() == []


def test_what_was_not_stored_is_there_again_after_a_restart_with_its_numbers(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    for number in range(1, 6):
        spool.put(17, b"%d" % number, AT + number)
    spool.ack(3)
    again = Spool(tmp_path)
    assert [(record.seq, record.content, record.at) for record in again.take()] == [
        (4, b"4", AT + 4),
        (5, b"5", AT + 5),
    ]
    again.put(17, b"6", AT)
    assert _taken(again) == [(6, 17, b"6")]
    assert len(_taken(Spool(tmp_path))) == 3


def test_numbers_go_on_after_everything_was_stored(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(17, b"1", AT)
    spool.ack(1)
    again = Spool(tmp_path)
    again.put(17, b"2", AT)
    assert _taken(again) == [(2, 17, b"2")]


def test_a_process_that_is_killed_leaves_all_that_it_put(tmp_path: Path) -> None:
    writes = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from frontdesk.channels.linked.spool import Spool\n"
        "spool = Spool(Path(sys.argv[1]))\n"
        "for number in range(500): spool.put(17, b'x' * number, 1)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", writes, str(tmp_path)], check=False)
    assert ended.returncode == -9
    assert [len(record.content) for record in Spool(tmp_path).take()] == list(range(500))


@pytest.mark.parametrize("kept", [1, 20, 27])
def test_a_record_that_was_cut_off_costs_no_other(tmp_path: Path, kept: int) -> None:
    spool = Spool(tmp_path)
    spool.put(17, b"whole", AT)
    size = _file(tmp_path).stat().st_size
    spool.put(17, b"torn", AT)
    os.truncate(_file(tmp_path), size + kept)
    again = Spool(tmp_path)
    assert _taken(again) == [(1, 17, b"whole")]
    again.put(17, b"next", AT)
    assert [record[2] for record in _taken(Spool(tmp_path))] == [b"whole", b"next"]


def test_a_record_whose_bytes_changed_is_not_believed(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(17, b"right", AT)
    file = _file(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"right", b"wrong"))
    again = Spool(tmp_path)
    again.close()
    assert again.take() == []


def test_the_file_is_begun_anew_once_all_of_it_is_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spools, "TURN", 1000)
    spool = Spool(tmp_path)
    for number in range(1, 200):
        spool.put(17, b"x" * 100, AT)
        spool.take()
        spool.ack(number)
    assert _file(tmp_path).stat().st_size < 2000
    spool.put(17, b"last", AT)
    assert [record[2] for record in _taken(Spool(tmp_path))] == [b"last"]


def test_what_is_not_stored_survives_that_the_file_is_begun_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spools, "TURN", 10)
    spool = Spool(tmp_path)
    for _ in range(3):
        spool.put(17, b"x" * 100, AT)
    spool.take()
    spool.ack(2)
    assert [record[0] for record in _taken(Spool(tmp_path))] == [3]


def test_an_acknowledgement_of_what_never_was_is_passed_over(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(17, b"1", AT)
    spool.ack(99)
    assert len(_taken(Spool(tmp_path))) == 1


def test_a_disk_that_is_full_is_told_and_what_comes_is_still_passed_on(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(17, b"before", AT)
    full = os.open("/dev/full", os.O_WRONLY)
    kept, spool._file = spool._file, full
    spool.put(17, b"without a place", AT)
    told = [spool.full]
    spool._file = kept
    spool.put(17, b"after", AT)
    assert [*told, spool.full] == [True, False]
    assert [record[2] for record in _taken(spool)] == [b"before", b"without a place", b"after"]
    assert _taken(Spool(tmp_path)) == [(1, 17, b"before"), (3, 17, b"after")]


def test_nobody_else_may_read_what_is_spooled(tmp_path: Path) -> None:
    Spool(tmp_path).put(17, b"private", AT)
    assert {path.stat().st_mode & 0o077 for path in tmp_path.iterdir()} == {0}


# Sends


def test_a_send_without_a_note_was_not_begun(tmp_path: Path) -> None:
    assert not may_have_gone_out(tmp_path, "msg_1")
    Sends(tmp_path).note("+", "msg_1")
    assert not may_have_gone_out(tmp_path, "msg_2")


def test_a_send_that_was_begun_or_taken_may_have_gone_out(tmp_path: Path) -> None:
    sends = Sends(tmp_path)
    sends.note("+", "msg_1")
    assert may_have_gone_out(tmp_path, "msg_1")
    sends.note("=", "msg_1")
    assert may_have_gone_out(tmp_path, "msg_1")


def test_a_send_that_surely_failed_did_not_go_out_until_it_is_begun_again(tmp_path: Path) -> None:
    sends = Sends(tmp_path)
    sends.note("+", "msg_1")
    sends.note("-", "msg_1")
    assert not may_have_gone_out(tmp_path, "msg_1")
    sends.note("+", "msg_1")
    assert may_have_gone_out(tmp_path, "msg_1")


def test_notes_of_ended_sends_are_dropped_when_they_are_many(tmp_path: Path) -> None:
    sends = Sends(tmp_path)
    sends.note("+", "msg_open")
    for number in range(LARGE // 10):
        sends.note("+", f"m{number}")
        sends.note("=", f"m{number}")
    Sends(tmp_path)
    assert (tmp_path / NAME).read_text() == "+msg_open\n"


def test_where_no_new_file_can_be_begun_the_one_that_is_there_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spools, "TURN", 1)
    spool = Spool(tmp_path)
    spool.put(17, b"stored", AT)
    spool.take()
    in_the_way = tmp_path / "spool-2.new"
    in_the_way.mkdir()
    spool.ack(1)
    spool.put(17, b"not stored yet", AT)
    in_the_way.rmdir()
    assert _taken(Spool(tmp_path)) == [(2, 17, b"not stored yet")]


def test_what_is_stored_elsewhere_is_in_no_file_of_it_any_more(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    spool.put(1, b"a secret", 0)
    spool.ack(spool.put(1, b"another secret", 0).seq)
    assert not [path for path in tmp_path.iterdir() if b"secret" in path.read_bytes()]
    last = spool.put(1, b"not stored yet", 0)
    assert [record.seq for record in Spool(tmp_path).take()] == [last.seq]
