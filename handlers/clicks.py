"""What Slack hands over, as a story reads it: a click, a form, a command."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from handlers.ask import Ask
from handlers.desk import Desk, require
from handlers.views.ids import Target
from storage.rules.rights import Access, Person, Right


@dataclass(frozen=True)
class Click:
    """A button that was pressed, an option that was chosen or a form that was submitted.

    `delivery` is unique to what the person did, and the same when Slack hands it over again.
    `chosen` has the values of the options that were picked, or what was typed. In a modal or in
    Home, `view` is its id, `hash` its state, `form` its callback, `values` what is filled in so far
    and `around` what all of it is about; a button in it says itself what it is about. `alone`: in a
    message that only this person sees, which nothing will ever change.
    """

    user: str
    name: str
    team: str
    target: Target
    trigger: str
    delivery: str
    channel: str = ""
    ts: str = ""
    values: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    chosen: tuple[str, ...] = ()
    view: str = ""
    hash: str = ""
    form: str = ""
    around: Target = field(default_factory=lambda: Target(""))
    alone: bool = False

    def person(self, desk: Desk, access: Access) -> Person:
        """Who clicked; asked before a transaction begins, since Slack may have to answer."""
        return desk.who(self.user, self.name, self.team, access.groups())

    def allowed(self, desk: Desk, right: Right) -> Person:
        """Who clicked, if they have this right at the partner it is about. Raises NotPermitted."""
        access = desk.access(self.target.partner)
        person = self.person(desk, access)
        require(person, right, access)
        return person

    def ask(
        self,
        desk: Desk,
        schools: Sequence[str] = (),
        *,
        reason: str = "",
        expected: Mapping[str, int] | None = None,
    ) -> Ask:
        """What is wished of the partner it is about; made before a transaction, like `person`."""
        partner = self.target.partner
        return Ask(
            person=self.person(desk, desk.access(partner)),
            partner=partner,
            schools=schools,
            reason=reason,
            expected=expected or {},
            delivery=self.delivery,
            channel=self.channel,
            ts=self.ts,
        )

    def text(self, block: str) -> str:
        """What was typed into an input of the form; stripped, and never None."""
        for element in self.values.get(block, {}).values():
            return str(element.get("value") or "").strip()
        return ""

    def picked(self, block: str) -> str:
        """The value of the option that was picked in a menu of the form; "" without one."""
        for element in self.values.get(block, {}).values():
            return str((element.get("selected_option") or {}).get("value") or "")
        return ""

    def files(self, block: str) -> list[Mapping[str, Any]]:
        """The files that were chosen in the form, as Slack describes them."""
        return [file for e in self.values.get(block, {}).values() for file in e.get("files") or []]

    def ticked(self) -> list[str]:
        """The values of all ticked boxes of the form."""
        elements = [e for block in self.values.values() for e in block.values()]
        options = [o for e in elements for o in e.get("selected_options") or []]
        return [str(option["value"]) for option in options]


@dataclass(frozen=True)
class Typed:
    """A slash command: what was typed after its name, by whom and where."""

    user: str
    name: str
    team: str
    text: str
    channel: str
    trigger: str

    def person(self, desk: Desk, access: Access) -> Person:
        """Who typed it; asked before a transaction begins, since Slack may have to answer."""
        return desk.who(self.user, self.name, self.team, access.groups())


def pressed(body: Mapping[str, Any]) -> Click:
    """A block_actions payload."""
    action = body["actions"][0]
    container, view = body.get("container", {}), body.get("view") or {}
    around = view_target(view)
    # A button says itself what it is about, everything else by the view it stands in.
    target = Target.unpacked(action["value"]) if action["type"] == "button" else around
    return Click(
        user=body["user"]["id"],
        name=_name(body["user"]),
        team=_team(body),
        target=target,
        trigger=body["trigger_id"],
        delivery=f"{body['user']['id']}:{body['trigger_id']}",
        channel=body.get("channel", {}).get("id", "") or around.channel,
        ts=container.get("message_ts", "") or around.ts,
        values=view.get("state", {}).get("values", {}),
        chosen=_chosen(action),
        view=view.get("id", ""),
        hash=view.get("hash", ""),
        form=view.get("callback_id", ""),
        around=around,
        alone=bool(container.get("is_ephemeral")),
    )


def submitted(body: Mapping[str, Any]) -> Click:
    """A view_submission payload."""
    view = body["view"]
    target = view_target(view)
    return Click(
        user=body["user"]["id"],
        name=_name(body["user"]),
        team=_team(body),
        target=target,
        trigger=body.get("trigger_id", ""),
        delivery=f"{body['user']['id']}:{view['id']}:{view.get('hash', '')}",
        channel=target.channel,
        ts=target.ts,
        values=view["state"]["values"],
        view=view["id"],
        hash=view.get("hash", ""),
        form=view.get("callback_id", ""),
        around=target,
    )


def suggested(body: Mapping[str, Any]) -> Click:
    """A block_suggestion payload: what was typed so far is all that was chosen."""
    view = body.get("view") or {}
    return Click(
        user=body["user"]["id"],
        name=_name(body["user"]),
        team=_team(body),
        target=view_target(view),
        trigger="",
        delivery="",
        values=view.get("state", {}).get("values", {}),
        chosen=(str(body.get("value", "")),),
        view=view.get("id", ""),
    )


def typed(body: Mapping[str, Any]) -> Typed:
    """A slash command's payload."""
    return Typed(
        user=body["user_id"],
        name=str(body.get("user_name") or body["user_id"]),
        team=str(body.get("team_id", "")),
        text=str(body.get("text") or "").strip(),
        channel=str(body.get("channel_id", "")),
        trigger=str(body.get("trigger_id", "")),
    )


def picked_in_menu(click: Click, desk: Desk) -> tuple[str, Click]:
    """The choice in a school's menu, and the click with that school as its target.

    An option is too short for a whole target: it has our key of the school instead.
    """
    choice, key, version = click.chosen[0].split(":")
    with desk.read() as store:
        school = store.schools.by_key(int(key))
        partner = store.partners.by_id(school.partner_id)
    about = replace(
        click.target,
        partner=partner.slug,
        school=school.id,
        key=school.key,
        version=int(version),
    )
    return choice, replace(click, target=about)


def meant(click: Click, desk: Desk) -> Click:
    """The click with the source's id of a school for which its target has only our key."""
    asked = click.target
    if not asked.key or asked.school:
        return click
    with desk.read() as store:
        school = store.schools.by_key(asked.key)
    return replace(click, target=replace(asked, school=school.id))


def view_target(view: Mapping[str, Any] | None) -> Target:
    """What a modal or Home is about; one that only says something is about nothing."""
    packed = (view or {}).get("private_metadata")
    return Target.unpacked(packed) if packed else Target("")


def user_of(body: Mapping[str, Any]) -> str:
    return str(body["user_id"] if "user_id" in body else body["user"]["id"])


def channel_of(body: Mapping[str, Any]) -> str:
    """Where the person is; empty above Home, and in a form that was not opened from a channel."""
    if "view" in body:
        return view_target(body["view"]).channel
    if "channel_id" in body:
        return str(body["channel_id"])
    return str(body.get("channel", {}).get("id", ""))


def _chosen(action: Mapping[str, Any]) -> tuple[str, ...]:
    if action["type"] == "button":
        return ()
    options = action.get("selected_options") or [action.get("selected_option")]
    picked = [str(option["value"]) for option in options if option]
    return tuple(picked or ([str(action["value"])] if action.get("value") else []))


def _name(user: Mapping[str, Any]) -> str:
    return str(user.get("name") or user.get("username") or user["id"])


def _team(body: Mapping[str, Any]) -> str:
    """The team of whoever clicked: in a shared channel it is not the team of the channel."""
    return str(body["user"].get("team_id") or (body.get("team") or {}).get("id", ""))
