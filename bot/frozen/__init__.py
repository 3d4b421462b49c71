"""The frozen screen: what a person sees whose account is locked."""
