"""The tree's figures against the known answers of Certificate Transparency, and its proofs against every small tree."""

import hashlib

import pytest

from common import merkle

# The inputs and tree heads that the Certificate Transparency reference implementation publishes for RFC 6962,
# whose tree RFC 9162 keeps.
INPUTS = [
    bytes.fromhex(value)
    for value in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
HEADS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [merkle.leaf_hash(value) for value in INPUTS]


def test_the_empty_tree_has_the_digest_of_nothing() -> None:
    assert merkle.root([]) == hashlib.sha256(b"").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_tree_heads_match_the_published_vectors(size: int) -> None:
    assert merkle.root(LEAVES[:size]).hex() == HEADS[size - 1]


def test_an_inclusion_proof_matches_the_published_vector() -> None:
    proof = merkle.inclusion_proof(5, LEAVES)
    assert [node.hex() for node in proof] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_a_consistency_proof_matches_the_published_vector() -> None:
    proof = merkle.consistency_proof(6, LEAVES)
    assert [node.hex() for node in proof] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_every_leaf_of_every_small_tree_is_proved_and_no_other_is() -> None:
    leaves = [merkle.leaf_hash(bytes([value])) for value in range(20)]
    for size in range(1, 21):
        head = merkle.root(leaves[:size])
        for index in range(size):
            proof = merkle.inclusion_proof(index, leaves[:size])
            for claimed, leaf in enumerate(leaves[:size]):
                found = merkle.verify_inclusion(leaf=leaf, index=index, size=size, proof=proof, root=head)
                assert found is (claimed == index)


def test_an_inclusion_proof_is_refused_when_it_is_cut_lengthened_changed_or_moved() -> None:
    head = merkle.root(LEAVES)
    proof = merkle.inclusion_proof(2, LEAVES)
    changed = [proof[0], bytes(32), *proof[2:]]
    for bad in (proof[:-1], [*proof, bytes(32)], changed, []):
        assert not merkle.verify_inclusion(leaf=LEAVES[2], index=2, size=8, proof=bad, root=head)
    for index in (-1, 3, 8):
        assert not merkle.verify_inclusion(leaf=LEAVES[2], index=index, size=8, proof=proof, root=head)


def test_every_small_tree_is_proved_to_extend_every_earlier_one() -> None:
    leaves = [merkle.leaf_hash(bytes([value])) for value in range(20)]
    heads = [merkle.root(leaves[:size]) for size in range(21)]
    for new_size in range(21):
        for old_size in range(new_size + 1):
            proof = merkle.consistency_proof(old_size, leaves[:new_size])
            assert merkle.verify_consistency(
                old_size=old_size,
                new_size=new_size,
                old_root=heads[old_size],
                new_root=heads[new_size],
                proof=proof,
            )


def test_a_rewritten_history_is_not_consistent() -> None:
    rewritten = [*LEAVES[:2], merkle.leaf_hash(b"another"), *LEAVES[3:]]
    for old_size in range(3, 8):
        assert not merkle.verify_consistency(
            old_size=old_size,
            new_size=8,
            old_root=merkle.root(LEAVES[:old_size]),
            new_root=merkle.root(rewritten),
            proof=merkle.consistency_proof(old_size, rewritten),
        )


def test_a_consistency_proof_is_refused_when_it_is_cut_or_lengthened_or_sizes_are_swapped() -> None:
    old, new = merkle.root(LEAVES[:6]), merkle.root(LEAVES)
    proof = merkle.consistency_proof(6, LEAVES)
    for bad in (proof[:-1], [*proof, bytes(32)], []):
        assert not merkle.verify_consistency(old_size=6, new_size=8, old_root=old, new_root=new, proof=bad)
    assert not merkle.verify_consistency(old_size=8, new_size=6, old_root=new, new_root=old, proof=proof)


def test_a_leaf_or_size_outside_the_tree_is_an_error() -> None:
    with pytest.raises(IndexError):
        merkle.inclusion_proof(8, LEAVES)
    with pytest.raises(ValueError, match="no earlier size 9"):
        merkle.consistency_proof(9, LEAVES)
