"""The Web API, one function per method."""

from bot.practice.methods import chat, conversations, files, people, views
from bot.practice.methods.registry import METHODS, Args, Method

__all__ = ["METHODS", "Args", "Method", "chat", "conversations", "files", "people", "views"]
