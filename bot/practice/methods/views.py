"""Modals and Home: views.open, views.push, views.update, views.publish."""

from __future__ import annotations

from dataclasses import replace

from bot.practice import shapes
from bot.practice.elements import initial_values, kept_values, walk
from bot.practice.errors import InvalidShape, Refused
from bot.practice.limits import VIEW_STACK, check_view
from bot.practice.methods.registry import Args, method
from bot.practice.state import Json, Store, View


def exchange(store: Store, args: Args, *, in_modal: bool = False) -> str:
    """The person behind a trigger id, which is used up. Raises Refused with Slack's code.

    With `in_modal` only what was done in a modal counts (slackapi/python-slack-sdk#804).
    """
    trigger = store.triggers.get(args.text("trigger_id"))
    if trigger is None or (in_modal and not trigger.in_modal):
        raise Refused("invalid_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    if store.clock() - trigger.at > store.trigger_seconds:
        raise Refused("expired_trigger_id")
    trigger.used = True
    return trigger.user


def content_of(args: Args, *kinds: str) -> Json:
    """The view of a call, checked."""
    view: Json | None = args.json("view", "invalid_arguments")
    if view is None:
        raise InvalidShape("invalid_arguments", ["missing required field: view"])
    check_view(view, kinds)
    return view


def readable_files(store: Store, kept: Json) -> None:
    """An app that asks for files must be allowed to read them."""
    if any(found.element["type"] == "file_input" for found in walk(kept["blocks"])):
        store.need("files:read")


def stored(store: Store, content: Json) -> Json:
    """A view as it is kept: with ids for blocks and elements."""
    kept: Json = shapes.with_defaults(content)
    kept["blocks"] = shapes.stored_blocks(store.ids, content["blocks"])
    readable_files(store, kept)
    return kept


def unique(store: Store, content: Json, but: str = "") -> None:
    """An external_id belongs to one view of the team."""
    wanted = content.get("external_id")
    taken = (v for v in store.views() if v.id != but)
    if wanted and any(v.content.get("external_id") == wanted for v in taken):
        raise Refused("duplicate_external_id")


def put_on_top(store: Store, user: str, content: Json) -> View:
    """A new modal above those this person has open."""
    unique(store, content)
    stack = store.stack(user)
    view_id = store.ids.new("V")
    kept = stored(store, content)
    view = View(
        id=view_id,
        user=user,
        content=kept,
        hash=store.ids.hash(),
        root_view_id=stack[0].id if stack else view_id,
        previous_view_id=stack[-1].id if stack else None,
        values=initial_values(kept["blocks"]),
    )
    stack.append(view)
    store.changed()
    return view


def changed_view(store: Store, view: View, content: Json) -> View:
    """A view with new content; what was filled in stays where block and action stay."""
    unique(store, content, but=view.id)
    kept = stored(store, content)
    values = kept_values(view.values, kept["blocks"])
    new = replace(view, content=kept, hash=store.ids.hash(), values=values, errors={})
    return store.put_view(new)


@method("views.open")
def open_view(store: Store, args: Args) -> Json:
    """Open a modal; a trigger lives three seconds and works once."""
    content = content_of(args, "modal")
    user = exchange(store, args)
    store.stack(user).clear()
    return {"view": shapes.view(store, put_on_top(store, user, content))}


@method("views.push")
def push_view(store: Store, args: Args) -> Json:
    """Put a modal on top of the open ones; three at most."""
    content = content_of(args, "modal")
    user = exchange(store, args, in_modal=True)
    if len(store.stack(user)) >= VIEW_STACK:
        raise Refused("push_limit_reached")
    return {"view": shapes.view(store, put_on_top(store, user, content))}


def wanted_view(store: Store, args: Args) -> View:
    """The open view that view_id or external_id names. Raises Refused `not_found`."""
    view_id, external_id = args.maybe("view_id"), args.maybe("external_id")
    if bool(view_id) == bool(external_id):
        problem = "Cannot provide both `view_id` and `external_id`"
        raise InvalidShape("invalid_arguments", [problem])
    for view in store.views():
        if view_id == view.id or (external_id and view.content.get("external_id") == external_id):
            return view
    raise Refused("not_found")


@method("views.update")
def update_view(store: Store, args: Args) -> Json:
    """Replace an open view; with `hash` only when nobody changed it in between."""
    content = content_of(args, "modal", "home")
    view = wanted_view(store, args)
    if args.maybe("hash") not in (None, view.hash):
        raise Refused("hash_conflict")
    return {"view": shapes.view(store, changed_view(store, view, content))}


@method("views.publish")
def publish_view(store: Store, args: Args) -> Json:
    """Publish a person's Home tab."""
    content = content_of(args, "home")
    user = args.text("user_id")
    store.member(user)
    old = store.homes.get(user)
    if args.maybe("hash") not in (None, old.hash if old else None):
        raise Refused("hash_conflict")
    if old is not None:
        return {"view": shapes.view(store, changed_view(store, old, content))}
    unique(store, content)
    view_id = store.ids.new("V")
    kept = stored(store, content)
    values = initial_values(kept["blocks"])
    view = View(view_id, user, kept, store.ids.hash(), view_id, values=values)
    return {"view": shapes.view(store, store.put_view(view))}
