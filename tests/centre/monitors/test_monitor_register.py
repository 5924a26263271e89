"""The register of monitors: what it takes and refuses, its CSV file, its snapshot for receivers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import Settings

from meyasubako.centre.accounts.models import Account
from meyasubako.centre.accounts.permissions import Denied
from meyasubako.centre.accounts.types import SYSTEM, Viewer
from meyasubako.centre.audit.models import Event
from meyasubako.centre.monitors import publishing, selectors, services, sheet
from meyasubako.centre.monitors.entry import Entry, InvalidEntryError, problems, written_address
from meyasubako.centre.monitors.models import Monitor
from meyasubako.receivers.routes import Destination, read_routes

DAY = date(2026, 4, 1)
TOKYO = Entry("tokyo-1", "taro@decoy.example", "pc", "Example Net", decoy=True)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    """A data folder of the test's own."""
    settings.HOME = tmp_path
    settings.REPORT_ADDRESSES = ("report@centre.example",)
    return tmp_path


@pytest.fixture
def administrator(viewers: dict[str, Viewer]) -> Viewer:
    return viewers["administrator"]


def add(entry: Entry, now: datetime, by: Viewer = SYSTEM) -> Monitor:
    return services.monitor_add(entry=entry, by=by, now=now)


def codes(error: pytest.ExceptionInfo[InvalidEntryError]) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in error.value.problems]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "Tokyo 1"}, "name"),
        ({"name": ""}, "name"),
        ({"name": "a" * 65}, "name"),
        ({"address": "decoy.example"}, "address"),
        ({"address": "a@b@"}, "address"),
        ({"address": "a b@decoy.example"}, "address"),
        ({"address": "t*@decoy.example"}, "address"),
        ({"address": "a@localhost"}, "address"),
        ({"address": "a@-x.example"}, "address"),
        ({"monitor_class": "phone"}, "class"),
        ({"carrier": "a\nb\0"}, "carrier"),
        ({"since": DAY, "until": DAY - timedelta(days=1)}, "in_service_to"),
        ({"note": "\x1b[2J"}, "note"),
    ],
)
def test_a_wrong_field_is_named(changes: dict[str, object], field: str) -> None:
    assert [problem.field for problem in problems(replace(TOKYO, **changes).cleaned())] == [field]  # type: ignore[arg-type]


@given(st.text(max_size=40), st.text(max_size=60))
def test_whatever_passes_is_an_address_of_one_form(name: str, address: str) -> None:
    entry = Entry(name, address, "pc").cleaned()
    if not problems(entry):
        assert entry.cleaned() == entry
        assert entry.address.isascii() or not entry.address.rpartition("@")[0].isascii()
        assert entry.address == entry.address.lower()


def test_a_japanese_domain_is_kept_in_ascii() -> None:
    assert written_address("Taro@例え.example") == "taro@xn--r8jz45g.example"


@pytest.mark.django_db
def test_adding_is_audited_and_published(
    now: datetime,
    administrator: Viewer,
    folder: Path,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        monitor = add(TOKYO, now, administrator)
    event = Event.objects.get(action="monitor.added")
    assert (event.subject, event.account_id) == (monitor.subject, administrator.account_id)
    assert "taro" not in json.dumps(event.detail)
    routes = read_routes(folder)
    assert routes.monitors["tokyo-1"].monitor_class == "pc"
    assert routes.find("TARO@decoy.example", DAY) == Destination("tokyo-1")
    assert routes.find("report@centre.example", DAY) == Destination(None)
    assert routes.is_decoy("hanako@decoy.example")


@pytest.mark.django_db
def test_only_an_administrator_of_the_centre_writes(
    now: datetime, viewers: dict[str, Viewer], make_account: Callable[..., Account]
) -> None:
    others = [viewer for role, viewer in viewers.items() if role != "administrator"]
    others.append(make_account("administrator", kind="carrier").viewer())
    for viewer in others:
        with pytest.raises(Denied):
            add(TOKYO, now, viewer)
        with pytest.raises(Denied):
            services.monitor_retire(name="tokyo-1", last_day=DAY, by=viewer, now=now)
        with pytest.raises(Denied):
            sheet.monitors_import(content=b"name,address,class\n", by=viewer, now=now)
    assert not Monitor.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["officer", "supervisor", "administrator"])
def test_those_who_work_with_monitors_see_them(role: str, now: datetime, viewers: dict[str, Viewer]) -> None:
    add(TOKYO, now, viewers["administrator"])
    assert [seen.entry for seen in selectors.monitors(viewers[role])] == [TOKYO]


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["reader", "identity_reader", "auditor", "nobody"])
def test_others_do_not(role: str, viewers: dict[str, Viewer]) -> None:
    with pytest.raises(Denied):
        selectors.monitors(viewers[role])


@pytest.mark.django_db
def test_a_name_is_given_once_and_an_address_once_at_a_time(now: datetime) -> None:
    add(replace(TOKYO, until=DAY), now)
    with pytest.raises(InvalidEntryError) as error:
        add(replace(TOKYO, address="b@decoy.example"), now)
    assert codes(error) == [("name", "taken")]
    with pytest.raises(InvalidEntryError) as error:
        add(replace(TOKYO, name="tokyo-2", since=DAY), now)
    assert codes(error) == [("address", "taken")]
    add(replace(TOKYO, name="tokyo-2", since=DAY + timedelta(days=1)), now)


@pytest.mark.django_db
def test_the_class_stays_once_in_service(now: datetime) -> None:
    add(TOKYO, now)
    with pytest.raises(InvalidEntryError) as error:
        services.monitor_change(entry=replace(TOKYO, monitor_class="mobile"), by=SYSTEM, now=now)
    assert codes(error) == [("class", "fixed")]
    later = replace(TOKYO, name="keitai-1", address="k@decoy.example", since=now.date() + timedelta(days=9))
    add(later, now)
    changed = services.monitor_change(entry=replace(later, monitor_class="mobile"), by=SYSTEM, now=now)
    assert changed.monitor_class == "mobile"


@pytest.mark.django_db
def test_a_monitor_that_is_not_there_is_not_changed(now: datetime) -> None:
    with pytest.raises(services.UnknownMonitorError):
        services.monitor_change(entry=TOKYO, by=SYSTEM, now=now)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"monitor_class": "phone"},
        {"address": "Taro@decoy.example"},
        {"address": "decoy.example"},
        {"since": DAY, "until": DAY - timedelta(days=1)},
        {"name": ""},
    ],
)
def test_the_database_itself_refuses_what_cannot_be(changes: dict[str, object], now: datetime) -> None:
    monitor = add(TOKYO, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        Monitor.objects.filter(pk=monitor.pk).update(**changes)


@pytest.mark.django_db
def test_states_follow_the_days() -> None:
    spans = {"planned": (DAY + timedelta(days=1), None), "retired": (None, DAY - timedelta(days=1))}
    for state, (since, until) in spans.items():
        assert selectors.state_on(replace(TOKYO, since=since, until=until), DAY) == state
    assert selectors.state_on(replace(TOKYO, since=DAY, until=DAY), DAY) == "in service"


TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=20).map(str.strip)


@pytest.mark.django_db
@settings(max_examples=20, deadline=None)
@given(rows=st.lists(st.tuples(TEXT, TEXT, st.booleans()), max_size=4))
def test_the_csv_file_gives_the_same_register_again(rows: list[tuple[str, str, bool]]) -> None:
    now = datetime.fromisoformat("2026-04-01T03:00:00+00:00")
    with transaction.atomic():
        entries = [
            Entry(f"m-{number}", f"m{number}@decoy.example", "mobile", carrier, DAY, None, decoy, note)
            for number, (carrier, note, decoy) in enumerate(rows)
        ]
        for entry in entries:
            add(entry, now)
        content = sheet.monitors_export(SYSTEM)
        lines, errors = sheet.read_sheet(content)
        assert not errors
        assert [line.entry for line in lines] == entries
        again = sheet.monitors_import(content=content, by=SYSTEM, now=now)
        assert (again.added, again.changed, again.unchanged) == ((), (), len(entries))
        transaction.set_rollback(True)


def test_a_formula_is_no_formula_and_comes_back() -> None:
    for text in ("=1+1", "+81", "-", "@x", "'=", "'", "a'b", ""):
        assert sheet.guarded(text)[:1] not in tuple("=+-@")
        assert sheet.unguarded(sheet.guarded(text)) == text


@pytest.mark.django_db
def test_every_wrong_line_is_named_and_nothing_is_taken(now: datetime, folder: Path) -> None:
    content = (
        b"name,address,class,in_service_from,decoy\n"
        b"good,good@decoy.example,pc,2026-04-01,1\n"
        b"bad,bad,tv,2026-04-01,1\n"
        b"day,day@decoy.example,pc,1 April,1\n"
        b"short,short@decoy.example\n"
        b"good,other@decoy.example,pc,,0\n"
        b"clash,good@decoy.example,pc,2026-05-01,0\n"
    )
    with translation.override("en"):
        done = sheet.monitors_import(content=content, by=SYSTEM, now=now)
    assert [(error.line, error.column) for error in done.errors] == [
        (3, "address"), (3, "class"), (4, "in_service_from"), (5, ""), (6, "name"), (7, "address"),
    ]  # fmt: skip
    assert all(error.reason for error in done.errors)
    assert not Monitor.objects.exists()
    assert not Event.objects.exists()
    assert not (folder / "routes.json").exists()


@pytest.mark.django_db
def test_a_dry_run_says_what_it_would_do(now: datetime) -> None:
    add(TOKYO, now)
    content = b"name,address,class\ntokyo-1,taro@decoy.example,pc\nnew,n@decoy.example,mobile\n"
    done = sheet.monitors_import(content=content, by=SYSTEM, now=now, dry_run=True)
    assert (done.added, done.changed) == (("new",), ("tokyo-1",))
    assert [monitor.name for monitor in Monitor.objects.all()] == ["tokyo-1"]
    assert Monitor.objects.get().carrier == "Example Net"


@pytest.mark.django_db
def test_shift_jis_and_slashes_of_a_spreadsheet_are_read(now: datetime) -> None:
    content = (
        "name,address,class,carrier,in_service_from\r\na,a@decoy.example,pc,試験通信,2026/04/01\r\n".encode(
            "cp932"
        )
    )
    done = sheet.monitors_import(content=content, by=SYSTEM, now=now)
    assert done.added == ("a",)
    assert (Monitor.objects.get().carrier, Monitor.objects.get().since) == ("試験通信", DAY)


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe\x00", b"name,name\n", b"a,b\n1,2\n", b'name,address,class\n"x', b"\x81"],
)
def test_a_file_that_is_no_register_is_refused(content: bytes) -> None:
    lines, errors = sheet.read_sheet(content)
    assert not lines
    assert errors[0].line >= 1


@pytest.mark.django_db
def test_publishing_again_writes_nothing_and_repairs_what_is_lost(now: datetime, folder: Path) -> None:
    add(TOKYO, now)
    assert publishing.step_routes_publish(now) == 1
    assert publishing.step_routes_publish(now) == 0
    (folder / "routes.json").unlink()
    assert publishing.step_routes_publish(now) == 1
    assert [path.name for path in folder.iterdir() if path.name.startswith(".routes.json")] == []


@pytest.mark.django_db
def test_who_does_not_know_the_report_addresses_leaves_them(
    now: datetime, folder: Path, settings: Settings
) -> None:
    """A verb in a shell without the variable, while the centre runs with it: no mail of a reporter is refused."""

    def reporting() -> list[str]:
        routes = json.loads((folder / "routes.json").read_bytes())
        return [address for address, route in routes["recipients"].items() if route.get("report")]

    publishing.routes_publish(now=now)
    settings.REPORT_ADDRESSES = ()
    settings.REPORT_ADDRESSES_SAID = False
    add(TOKYO, now)
    publishing.routes_publish(now=now)
    assert reporting() == ["report@centre.example"]
    settings.REPORT_ADDRESSES_SAID = True
    publishing.routes_publish(now=now)
    assert reporting() == []
    settings.REPORT_ADDRESSES_SAID = False
    for broken in (b"", b"[]", b'{"recipients": {"a@b.example": 1}}'):
        (folder / "routes.json").write_bytes(broken)
        publishing.routes_publish(now=now)
        assert reporting() == []


def test_an_address_goes_to_its_monitor_of_the_day() -> None:
    early = replace(TOKYO, name="early", until=DAY - timedelta(days=1))
    late = replace(TOKYO, name="late", since=DAY, address="taro@decoy.example")
    for order in ([early, late], [late, early]):
        on_day = publishing.document_of(order, (), DAY)
        before = publishing.document_of(order, (), DAY - timedelta(days=1))
        assert on_day["recipients"] == {"taro@decoy.example": {"monitor": "late"}}
        assert before["recipients"] == {"taro@decoy.example": {"monitor": "early"}}


def test_a_catch_all_is_a_route_of_its_domain() -> None:
    document = publishing.document_of([replace(TOKYO, address="*@decoy.example")], (), DAY)
    assert document["catch_all"] == {"decoy.example": {"monitor": "tokyo-1"}}
    assert document["recipients"] == {}
