"""Addresses under /api/v1/ of what the marketplace answers."""

from django.urls import path

from marketplace.api import (
    artworks,
    commissions,
    grants,
    me,
    orders,
    privacy,
    provenance,
    transfers,
    webhooks,
)
from marketplace.api.stripe_webhook import StripeWebhook

urlpatterns = [
    path("artworks", artworks.Artworks.as_view(), name="artworks"),
    path("artwork-facets", artworks.Facets.as_view(), name="artwork-facets"),
    path("artworks/<slug:slug>", artworks.OneArtwork.as_view(), name="artwork"),
    path("artworks/<slug:slug>/provenance/prov", provenance.Prov.as_view(), name="artwork-prov"),
    path("artworks/<slug:slug>/provenance", provenance.Provenance.as_view(), name="artwork-provenance"),
    path("orders", orders.Orders.as_view(), name="orders"),
    path("orders/<uuid:order_id>", orders.OneOrder.as_view(), name="order"),
    path("orders/<uuid:order_id>/payment", orders.PayOrder.as_view(), name="order-payment"),
    path("orders/<uuid:order_id>/cancel", orders.CancelOrder.as_view(), name="order-cancel"),
    path("grants", grants.Grants.as_view(), name="grants"),
    path("grants/<uuid:grant_id>/transfer", transfers.Transfer.as_view(), name="grant-transfer"),
    path("transfers/accept", transfers.Accept.as_view(), name="transfer-accept"),
    path("downloads", grants.Downloads.as_view(), name="downloads"),
    path("downloads/<str:token>", grants.File.as_view(), name="download"),
    path("commissions", commissions.Commissions.as_view(), name="commissions"),
    path("commissions/<uuid:commission_id>", commissions.OneCommission.as_view(), name="commission"),
    path("commissions/<uuid:commission_id>/quote", commissions.Quote.as_view(), name="commission-quote"),
    path(
        "commissions/<uuid:commission_id>/accept_quote",
        commissions.AcceptQuote.as_view(),
        name="commission-accept-quote",
    ),
    path("commissions/<uuid:commission_id>/decline", commissions.Decline.as_view(), name="commission-decline"),
    path("commissions/<uuid:commission_id>/cancel", commissions.Cancel.as_view(), name="commission-cancel"),
    path("commissions/<uuid:commission_id>/drafts", commissions.Drafts.as_view(), name="commission-drafts"),
    path(
        "commissions/<uuid:commission_id>/drafts/<int:number>/send",
        commissions.SendDraft.as_view(),
        name="commission-draft-send",
    ),
    path("commissions/<uuid:commission_id>/revisions", commissions.Revisions.as_view(), name="commission-revisions"),
    path(
        "commissions/<uuid:commission_id>/accept_draft",
        commissions.AcceptDraft.as_view(),
        name="commission-accept-draft",
    ),
    path("me", me.Me.as_view(), name="me"),
    path("me/maker", me.Maker.as_view(), name="me-maker"),
    path("webhooks", webhooks.Webhooks.as_view(), name="webhooks"),
    path("webhooks/<uuid:endpoint_id>", webhooks.OneWebhook.as_view(), name="webhook"),
    path("webhooks/<uuid:endpoint_id>/messages", webhooks.WebhookMessages.as_view(), name="webhook-messages"),
    path("webhooks/messages/<uuid:message_id>/replay", webhooks.Replay.as_view(), name="webhook-replay"),
    path("me/export", privacy.MyExport.as_view(), name="me-export"),
    path("me/export/<uuid:export_id>/file", privacy.ExportFile.as_view(), name="me-export-file"),
    path("me/erase", privacy.Erase.as_view(), name="me-erase"),
    path("me/erase/cancel", privacy.CancelErase.as_view(), name="me-erase-cancel"),
    path("me/consents", privacy.Consents.as_view(), name="me-consents"),
    path("me/consents/texts", privacy.Texts.as_view(), name="me-consents-texts"),
    path("stripe/webhook", StripeWebhook.as_view(), name="stripe-webhook"),
]
