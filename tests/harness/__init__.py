"""What the tests stand on: databases, a browser, a closed network, nothing left behind."""
