"""What is to be made, as a client asks for it: the same to make it and to estimate it."""

from typing import Any

from rest_framework import serializers

from common.api import SeedField

__all__ = ["PieceWish"]

_MAX_PROMPT = 2000
_MAX_ROLES = 8


class PieceWish(serializers.Serializer[Any]):
    """What is to be made. `parameters` are checked against the checkpoint; left out, each has a default that works."""

    checkpoint = serializers.CharField(max_length=50)
    parameters = serializers.DictField(required=False, default=dict)
    inputs = serializers.DictField(
        child=serializers.UUIDField(),
        required=False,
        default=dict,
        help_text="Role → my input work, such as `content` and `style`; GET checkpoints/{slug}/parameters names them.",
    )
    seed = SeedField(required=False, allow_null=True, default=None)
    count = serializers.IntegerField(required=False, default=1)
    prompt = serializers.CharField(required=False, default="", allow_blank=True, max_length=_MAX_PROMPT)

    def validate_inputs(self, value: dict[str, Any]) -> dict[str, Any]:
        if len(value) > _MAX_ROLES:
            raise serializers.ValidationError(f"A piece is made from at most {_MAX_ROLES} works.")
        return value
