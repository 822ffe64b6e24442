"""Ports of a sandbox stay its own, also while a fault has stopped what listens there."""

from __future__ import annotations

from sandbox.ports import bindable, block_of_ports


def test_a_block_is_held_as_long_as_it_is_in_use() -> None:
    with block_of_ports() as ours:
        assert not bindable(ours.start - 1)
        assert [port for port in ours if not bindable(port)] == []
        with block_of_ports() as theirs:
            assert set(ours).isdisjoint(theirs)

    assert bindable(ours.start - 1)
