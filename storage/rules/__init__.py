"""The rules as pure functions: nothing here reads or writes anything."""
