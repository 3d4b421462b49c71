"""Who is who: auth.test, users.*, usergroups.*, and the Socket Mode address."""

from __future__ import annotations

from bot.practice import shapes
from bot.practice.errors import Refused
from bot.practice.methods.registry import Args, method
from bot.practice.state import Group, Json, Store


@method("auth.test")
def auth_test(store: Store, args: Args) -> Json:
    """Who the token belongs to."""
    app = store.app
    return {
        "url": f"{store.url}/",
        "team": app.team,
        "user": app.name.lower(),
        "team_id": app.team_id,
        "user_id": app.bot_user,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
    }


@method("apps.connections.open")
def connections_open(store: Store, args: Args) -> Json:
    """A Socket Mode address, good for one connection."""
    ticket = store.ids.new("")
    store.tickets.add(ticket)
    host = store.url.removeprefix("http")
    return {"url": f"ws{host}/link/?ticket={ticket}&app_id={store.app.app_id}"}


@method("users.info", "users:read")
def users_info(store: Store, args: Args) -> Json:
    """One person; the email only with users:read.email."""
    return {"user": visible(store, store.member(args.text("user")).id)}


def visible(store: Store, user: str) -> Json:
    """A user object with what the scopes allow."""
    shown = shapes.user(store.people[user])
    if "users:read.email" not in store.scopes:
        del shown["profile"]["email"]
    return shown


@method("users.lookupByEmail", "users:read.email")
def lookup_by_email(store: Store, args: Args) -> Json:
    """The person with this address."""
    wanted = args.text("email").casefold()
    for person in store.people.values():
        if person.email.casefold() == wanted and not person.deleted:
            return {"user": visible(store, person.id)}
    raise Refused("users_not_found")


def readable(store: Store) -> None:
    """User groups exist on paid plans only."""
    if not store.usergroups_plan:
        raise Refused("plan_upgrade_required")


@method("usergroups.list", "usergroups:read")
def usergroups_list(store: Store, args: Args) -> Json:
    """All user groups; disabled ones and members when asked for."""
    readable(store)
    groups = [
        g for g in store.groups.values() if args.flag("include_disabled") or not g.date_delete
    ]
    return {"usergroups": [listed(store, g, args) for g in groups]}


def listed(store: Store, group: Group, args: Args) -> Json:
    """A group as usergroups.list shows it."""
    shown = shapes.group(store, group)
    if args.flag("include_count"):
        shown["user_count"] = len(group.users)
    if args.flag("include_users"):
        shown["users"] = list(group.users)
    return shown


@method("usergroups.users.list", "usergroups:read")
def usergroups_users_list(store: Store, args: Args) -> Json:
    """The members of one user group; of a disabled one only when asked for."""
    readable(store)
    group = store.groups.get(args.text("usergroup"))
    if group is None or (group.date_delete and not args.flag("include_disabled")):
        raise Refused("no_such_subteam")
    if group.unreadable:
        raise Refused(group.unreadable)
    return {"users": list(group.users)}
