"""Files: files.getUploadURLExternal, files.completeUploadExternal, files.info.

https://docs.slack.dev/messaging/working-with-files
"""

from __future__ import annotations

import re
from dataclasses import replace

from bot.practice import shapes
from bot.practice.errors import InvalidShape, Refused
from bot.practice.methods.chat import blocks_of, bot_message, thread_of
from bot.practice.methods.registry import Args, method
from bot.practice.state import Channel, File, Json, Store

# Unlike chat.postMessage, `channel_id` takes no person (slackapi/bolt-js#2115). Slack asks for
# eight characters or more after the letter; the ids of a practice workspace may be shorter.
CHANNEL_ID = re.compile(r"[CGDZ][A-Z0-9]+")
NO_CHANNEL_ID = "input must match regex pattern: ^[CGDZ][A-Z0-9]{8,}$ [json-pointer:/channel_id]"


@method("files.getUploadURLExternal", "files:write")
def get_upload_url(store: Store, args: Args) -> Json:
    """Where to send a file of this name and so many bytes. Nobody sees it until it is completed."""
    name, length = args.text("filename"), args.whole("length", 0)
    if not length:
        raise Refused("missing_argument")
    made, ticket = int(store.clock()), store.ids.new("UP")
    file = store.put_file(
        File(store.ids.new("F"), store.app.bot_user, name, name, made, length=length)
    )
    store.uploads[ticket] = file.id
    return {"upload_url": f"{store.url}/upload/v1/{ticket}", "file_id": file.id}


@method("files.completeUploadExternal", "files:write")
def complete_upload(store: Store, args: Args) -> Json:
    """Share what has arrived as one message in each channel, or keep it private without one."""
    files = arrived(store, args)
    channels = destinations(store, args)
    text = args.maybe("initial_comment") or ""
    blocks = () if text else blocks_of(store, args)
    threads = [thread_of(store, channel, args) for channel in channels]
    done = tuple(store.put_file(replace(file, complete=True)).id for file in files)
    for channel, thread in zip(channels, threads, strict=True):
        message = bot_message(store, channel.id, text, blocks, thread)
        store.put(replace(message, files=done))
    return {"files": [shapes.file(store, store.files[id], examined=False) for id in done]}


def arrived(store: Store, args: Args) -> list[File]:
    """The files of a call with their titles. Raises Refused `file_not_found`."""
    listed = args.json("files", "invalid_arguments")
    if not isinstance(listed, list) or not listed:
        raise InvalidShape("invalid_arguments", ["missing required field: files"])
    return [one_arrived(store, given) for given in listed]


def one_arrived(store: Store, given: Json) -> File:
    """A file that was uploaded and not completed yet, under its title."""
    file = store.files.get(str(given.get("id")))
    if file is None or file.content is None or file.complete:
        raise Refused("file_not_found")
    return replace(file, title=str(given.get("title") or file.name))


def destinations(store: Store, args: Args) -> list[Channel]:
    """`channel_id`, or `channels`: ids of channels and people, with commas between them."""
    channel_id = args.maybe("channel_id")
    if channel_id is not None:
        if not CHANNEL_ID.fullmatch(channel_id):
            raise InvalidShape("invalid_arguments", [NO_CHANNEL_ID])
        return [open_to_files(store, channel_id)]
    wanted = (args.maybe("channels") or "").split(",")
    return [open_to_files(store, one.strip()) for one in wanted if one.strip()]


def open_to_files(store: Store, wanted: str) -> Channel:
    """The channel a file may be shared in. Raises Refused with Slack's code."""
    if wanted in store.people:
        return store.direct(wanted)
    channel = store.channel_seen(wanted)
    if store.app.bot_user not in channel.members:
        raise Refused("not_in_channel")
    if channel.is_archived or channel.refuses:
        raise Refused("posting_to_channel_denied")
    return channel


@method("files.info", "files:read")
def info(store: Store, args: Args) -> Json:
    """One file, examined and with the messages it hangs on."""
    file = store.files.get(args.text("file"))
    if file is None or file.content is None:
        raise Refused("file_not_found")
    return {
        "file": shapes.file(store, file),
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }
