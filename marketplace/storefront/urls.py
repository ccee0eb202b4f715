"""The addresses of the pages."""

from django.urls import path

from marketplace.storefront.views.account import account, api_tokens, revoke
from marketplace.storefront.views.artwork import artwork
from marketplace.storefront.views.buying import buy
from marketplace.storefront.views.certificate import certificate
from marketplace.storefront.views.claim_desk import claim_case, claim_desk, claim_evidence
from marketplace.storefront.views.claims import claim, claim_against, claim_new, claim_received
from marketplace.storefront.views.commission import commission
from marketplace.storefront.views.commission_steps import take_step
from marketplace.storefront.views.commissions import commission_list
from marketplace.storefront.views.desk import decide, decide_many, rights_desk, training_work
from marketplace.storefront.views.earnings import earnings
from marketplace.storefront.views.gallery import gallery
from marketplace.storefront.views.library import (
    download,
    give,
    guest_give,
    guest_library,
    guest_take,
    library,
    offered,
    take,
)
from marketplace.storefront.views.log import log
from marketplace.storefront.views.my_data import WISHES, my_data, privacy, take_copy, wish
from marketplace.storefront.views.order import cancel, order, order_return, pay
from marketplace.storefront.views.theme import theme
from marketplace.storefront.views.verify import verify_file

app_name = "storefront"

urlpatterns = [
    path("", gallery, name="gallery"),
    path("artworks/<slug:slug>/", artwork, name="artwork"),
    path("artworks/<slug:slug>/buy/", buy, name="buy"),
    path("orders/<uuid:order_id>/", order, name="order"),
    path("orders/<uuid:order_id>/pay/", pay, name="pay"),
    path("orders/<uuid:order_id>/cancel/", cancel, name="cancel"),
    path("orders/<uuid:order_id>/return/", order_return, name="order_return"),
    path("library/", library, name="library"),
    path("library/offers/<str:key>/", offered, name="offered"),
    path("library/<uuid:grant_id>/give/", give, name="give"),
    path("library/<uuid:grant_id>/<slug:what>/", take, name="take"),
    path("earnings/", earnings, name="earnings"),
    path("guests/<str:key>/", guest_library, name="guest_library"),
    path("guests/<str:key>/<uuid:grant_id>/give/", guest_give, name="guest_give"),
    path("guests/<str:key>/<uuid:grant_id>/<slug:what>/", guest_take, name="guest_take"),
    path("downloads/<str:token>/", download, name="download"),
    path("commissions/", commission_list, name="commissions"),
    path("commissions/<uuid:commission_id>/", commission, name="commission"),
    path("commissions/<uuid:commission_id>/<slug:step>/", take_step, name="commission_step"),
    path("claims/new/", claim_new, name="claim_new"),
    path("claims/received/", claim_received, name="claim_received"),
    path("claims/against/<uuid:claim_id>/", claim_against, name="claim_against"),
    path("claims/<str:key>/", claim, name="claim"),
    path("privacy/", privacy, name="privacy"),
    path("my-data/", my_data, name="my_data"),
    path("my-data/copies/<uuid:export_id>/", take_copy, name="take_copy"),
    *(path(f"my-data/{what}/", wish, {"what": what}, name=f"data_{what}") for what in WISHES),
    path("certificates/<uuid:grant_id>/", certificate, name="certificate"),
    path("verify/", verify_file, name="verify"),
    path("log/", log, name="log"),
    path("review/", rights_desk, name="desk"),
    path("review/claims/", claim_desk, name="claim_desk"),
    path("review/claims/<uuid:claim_id>/", claim_case, name="claim_case"),
    path("review/claims/<uuid:claim_id>/evidence/<uuid:evidence_id>/", claim_evidence, name="claim_evidence"),
    path("review/several/", decide_many, name="decide_many"),
    path("review/<uuid:review_id>/", rights_desk, name="review"),
    path("review/<uuid:review_id>/training/<str:item_sha256>/", training_work, name="review_training"),
    path("review/<uuid:review_id>/decide/", decide, name="decide"),
    path("me/", account, name="account"),
    path("me/tokens/", api_tokens, name="tokens"),
    path("me/tokens/<uuid:token_id>/revoke/", revoke, name="revoke_token"),
    path("theme/", theme, name="theme"),
]
