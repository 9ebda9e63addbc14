"""Contacts: what they cost and bring, how quickly we answer and deliver, and whom we leave alone."""
