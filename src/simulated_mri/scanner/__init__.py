"""The simulated scanner itself: a pure state machine under a thin asyncio shell."""
