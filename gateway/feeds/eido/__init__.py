"""NENA's Emergency Incident Data Object (NENA-STA-021.1, JSON): what a dispatch system knows of one incident.

read        an EIDO -> canonical events, and what of it was not understood
incident    what the call is: type, priority, disposition, officer
people      who is on it, and in which role
components  the parts of an EIDO, found by the references between them
words       the registries' words, and ours for them
"""

from __future__ import annotations

from gateway.feeds.eido.components import looks_like_an_eido
from gateway.feeds.eido.read import EidoRead, events_of

__all__ = ["EidoRead", "events_of", "looks_like_an_eido"]
