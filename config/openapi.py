"""What the OpenAPI document says of itself, and how its parts are named."""

__all__ = ["SPECTACULAR_SETTINGS"]

SPECTACULAR_SETTINGS = {
    "TITLE": "Vernissage",
    "DESCRIPTION": "A marketplace backend for generated art: make, prove, review, sell and verify.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "CheckpointState": "generation.models.Checkpoint.State",
        "ClaimState": "licensing.models.Claim.State",
        "CommissionState": "marketplace.models.Commission.State",
        "EndpointState": "marketplace.models.WebhookEndpoint.State",
        "GrantState": "licensing.models.Grant.State",
        "MessageState": "marketplace.models.WebhookMessage.State",
        "OrderState": "marketplace.models.Order.State",
        "ReviewState": "licensing.models.Review.State",
        "SlotState": "generation.models.Slot.State",
        "TransferState": "licensing.models.GrantTransfer.State",
        "VerdictState": "licensing.api.verify.STATES",
        "WithdrawalState": "licensing.models.Withdrawal.State",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "common.api.schema.with_problems",
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}
