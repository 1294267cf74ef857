"""The compose files: what must hold of every container, and that what they name is there."""

from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
FILES = ("compose.embedded.yaml", "compose.scaled.yaml")
OURS = "frontdesk:latest"


def compose(name: str) -> dict[str, Any]:
    """A compose file, with its anchors resolved."""
    found = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def services(*, ours: bool = False) -> list[tuple[str, str, dict[str, Any]]]:
    """Every service of every file."""
    every = [(file, name, service) for file in FILES for name, service in compose(file)["services"].items()]
    return [one for one in every if not ours or one[2]["image"] == OURS]


EVERY = pytest.mark.parametrize(("file", "name", "service"), services())
OF_OURS = pytest.mark.parametrize(("file", "name", "service"), services(ours=True))


@EVERY
def test_every_container_comes_back_keeps_within_limits_and_rotates_its_log(
    file: str, name: str, service: dict[str, Any]
) -> None:
    assert service["restart"] == ("on-failure" if name == "migrate" else "unless-stopped")
    assert set(service["deploy"]["resources"]["limits"]) >= {"cpus", "memory"}
    assert service["logging"] == {"driver": "json-file", "options": {"max-size": "10m", "max-file": "5"}}


@OF_OURS
def test_our_containers_write_to_their_volume_alone_and_have_no_rights(
    file: str, name: str, service: dict[str, Any]
) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["volumes"] == ["data:/data"]
    assert service["init"] is True
    assert service["build"] == {"context": "..", "dockerfile": "deploy/Containerfile"}


@OF_OURS
def test_our_containers_get_the_time_that_an_end_in_order_takes(file: str, name: str, service: dict[str, Any]) -> None:
    assert service["stop_grace_period"] == "25s"


@EVERY
def test_what_a_container_waits_for_can_say_that_it_is_ready(file: str, name: str, service: dict[str, Any]) -> None:
    others = compose(file)["services"]
    for other, how in service.get("depends_on", {}).items():
        if how["condition"] == "service_healthy":
            assert "healthcheck" in others[other] or others[other]["image"] == OURS
        else:
            assert (how["condition"], others[other]["command"]) == ("service_completed_successfully", ["migrate"])


@EVERY
def test_ports_are_open_to_this_machine_alone(file: str, name: str, service: dict[str, Any]) -> None:
    assert [port for port in service.get("ports", []) if not port.startswith("127.0.0.1:")] == []


@EVERY
def test_images_are_of_a_fixed_version_and_name_no_registry(file: str, name: str, service: dict[str, Any]) -> None:
    image, _, version = service["image"].partition(":")
    assert "/" not in image
    assert version
    assert version != "latest" or service["image"] == OURS


@EVERY
def test_volumes_and_networks_that_are_used_are_declared(file: str, name: str, service: dict[str, Any]) -> None:
    whole = compose(file)
    named = {volume.partition(":")[0] for volume in service.get("volumes", []) if not volume.startswith(".")}
    assert named <= set(whole["volumes"])
    assert set(service.get("networks", ())) <= set(whole.get("networks", ()))
    bound = [volume.partition(":")[0] for volume in service.get("volumes", []) if volume.startswith(".")]
    assert [path for path in bound if not (DEPLOY / path).is_file()] == []


@EVERY
def test_files_of_settings_have_an_example_beside_them(file: str, name: str, service: dict[str, Any]) -> None:
    if env_file := service.get("env_file"):
        assert (DEPLOY / f"{env_file}.example").is_file()


def test_the_scaled_shape_has_every_role_and_two_web_processes() -> None:
    run = {name: service["command"][0] for file, name, service in services(ours=True) if "scaled" in file}
    assert run == {
        "migrate": "migrate",
        "web-a": "web",
        "web-b": "web",
        "worker": "worker",
        "beat": "beat",
        "lines": "lines",
    }


def test_the_scaled_roles_share_one_database_and_one_redis() -> None:
    given = {(s["environment"]["DATABASE_URL"], s["environment"]["REDIS_URL"])
             for file, _, s in services(ours=True) if "scaled" in file}  # fmt: skip
    assert len(given) == 1
    database, redis = given.pop()
    assert ("@postgres:5432/" in database, redis.startswith("redis://redis:6379/")) == (True, True)


def test_redis_never_drops_what_it_was_given() -> None:
    command = compose("compose.scaled.yaml")["services"]["redis"]["command"]
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"


def test_nginx_asks_the_web_processes_by_addresses_that_stay() -> None:
    web = [s["networks"]["inside"]["ipv4_address"] for _, name, s in services(ours=True) if name.startswith("web-")]
    assert len(set(web)) == 2
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert [text.count(f"server web-{letter}:8000 ") for letter in "ab"] == [2, 2]
