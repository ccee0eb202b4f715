"""Addresses under /api/v1/ of what licensing answers."""

from django.urls import path

from licensing.api import exports, licences, log, reviews, verify, withdrawals

urlpatterns = [
    path("reviews", reviews.Reviews.as_view(), name="reviews"),
    path("reviews/<uuid:review_id>", reviews.OneReview.as_view(), name="review"),
    path("reviews/<uuid:review_id>/take", reviews.Take.as_view(), name="review-take"),
    path("reviews/<uuid:review_id>/approve", reviews.Approve.as_view(), name="review-approve"),
    path("reviews/<uuid:review_id>/reject", reviews.Reject.as_view(), name="review-reject"),
    path(
        "reviews/<uuid:review_id>/request_changes",
        reviews.RequestChanges.as_view(),
        name="review-request-changes",
    ),
    path("reviews/<uuid:review_id>/appeal", reviews.AppealAgainst.as_view(), name="review-appeal"),
    path("reviews/<uuid:review_id>/withdraw", reviews.Withdraw.as_view(), name="review-withdraw"),
    path("withdrawals", withdrawals.Withdrawals.as_view(), name="withdrawals"),
    path("withdrawals/radius", withdrawals.Radius.as_view(), name="withdrawal-radius"),
    path("withdrawals/<uuid:withdrawal_id>", withdrawals.OneWithdrawal.as_view(), name="withdrawal"),
    path("verify", verify.Verify.as_view(), name="verify"),
    path("checkpoints/<slug:slug>/ml-bom", exports.MlBom.as_view(), name="checkpoint-ml-bom"),
    path(
        "checkpoints/<slug:slug>/training-summary",
        exports.TrainingSummary.as_view(),
        name="checkpoint-training-summary",
    ),
    path("licences", licences.Licences.as_view(), name="licences"),
    path("licences/<slug:slug>/<int:version>", licences.OneLicence.as_view(), name="licence"),
    path("licences/<slug:slug>/<int:version>/policy", licences.LicencePolicy.as_view(), name="licence-policy"),
    path("licence-vocabulary", licences.Vocabulary.as_view(), name="licence-vocabulary"),
    path("grants/<uuid:grant_id>/policy", licences.GrantPolicy.as_view(), name="grant-policy"),
    path("log/head", log.Head.as_view(), name="log-head"),
    path("log/entries", log.Entries.as_view(), name="log-entries"),
    path("log/proof/inclusion", log.Inclusion.as_view(), name="log-inclusion"),
    path("log/proof/consistency", log.Consistency.as_view(), name="log-consistency"),
]
