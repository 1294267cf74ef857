"""The AI: a LangGraph graph that takes a TurnInput and gives a TurnOutput. It knows no database."""
