"""Claims with their evidence. No piece is approved that a claim hides, or against which one was upheld: the database
refuses it from either side.

Whoever lets a claim hide a piece, or upholds it, locks the review first. So does an UPDATE to `approved` (PostgreSQL),
whose trigger then sees the claim.
"""

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import common.ids
from common.append_only import run_sql

_STANDS = "approval refused: a claim against this piece hides it or was upheld"
_APPROVED = "claim refused: the review of the piece is still approved"
_CLAIMED = "SELECT 1 FROM licensing_claim WHERE piece_id = NEW.piece_id AND (hides OR state = 'upheld')"
_CLEARED = "SELECT 1 FROM licensing_review WHERE piece_id = NEW.piece_id AND state = 'approved'"
_REVIEW, _CLAIM = "NEW.state = 'approved'", "(NEW.hides OR NEW.state = 'upheld')"
_SIDES = (
    ("licensing_review", "approval_needs_no_claim", _REVIEW, _CLAIMED, _STANDS),
    ("licensing_claim", "claim_needs_no_approval", _CLAIM, _CLEARED, _APPROVED),
)
_SQLITE = [
    f"""CREATE TRIGGER {name}_{verb} BEFORE {verb} ON {table} WHEN {when} AND EXISTS ({rows})
    BEGIN SELECT RAISE(ABORT, '{words}'); END"""
    for table, name, when, rows, words in _SIDES
    for verb in ("INSERT", "UPDATE")
]
_SQLITE_BACK = [f"DROP TRIGGER {name}_{verb}" for _, name, *_ in _SIDES for verb in ("INSERT", "UPDATE")]
_POSTGRESQL = [
    statement
    for table, name, when, rows, words in _SIDES
    for statement in (
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF {when} AND EXISTS ({rows}) THEN
          RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW; END $$""",
        f"""CREATE TRIGGER {name} BEFORE INSERT OR UPDATE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {name}()""",
    )
]
_POSTGRESQL_BACK = [
    statement
    for table, name, *_ in reversed(_SIDES)
    for statement in (f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()")
]


class Migration(migrations.Migration):
    dependencies = [
        ("generation", "0004_withdrawn_checkpoints"),
        ("licensing", "0011_withdrawal_letters"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="review",
            name="state",
            field=models.CharField(
                choices=[
                    ("pending", "Pending"),
                    ("in_review", "In Review"),
                    ("approved", "Approved"),
                    ("rejected", "Rejected"),
                    ("changes_requested", "Changes Requested"),
                    ("withdrawn", "Withdrawn"),
                    ("suspended", "Suspended"),
                ],
                default="pending",
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="Claim",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("named", models.CharField(help_text="How the claimant named the work.", max_length=300)),
                ("name", models.CharField(max_length=200)),
                ("email", models.EmailField(max_length=254)),
                (
                    "contact",
                    models.CharField(blank=True, help_text="Postal address or telephone number.", max_length=500),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("agent", "Agent"), ("shown", "Shown")], max_length=10
                    ),
                ),
                ("own_work", models.TextField(help_text="The claimant's own work or right, and where it can be seen.")),
                ("statement", models.TextField()),
                ("good_faith", models.BooleanField()),
                (
                    "language",
                    models.CharField(default="en", help_text="Of the letters to the claimant.", max_length=12),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "Received"),
                            ("countered", "Countered"),
                            ("to_decide", "To Decide"),
                            ("upheld", "Upheld"),
                            ("rejected", "Rejected"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="received",
                        max_length=12,
                    ),
                ),
                ("hides", models.BooleanField(default=False)),
                ("received_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField(null=True)),
                ("counter", models.TextField(blank=True, help_text="The creator's counter-notice.")),
                ("countered_at", models.DateTimeField(null=True)),
                (
                    "upkeep",
                    models.TextField(
                        blank=True, help_text="Why the claimant keeps the claim up in spite of the answer."
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
                ("reason", models.TextField(blank=True, help_text="Of the outcome. Both sides read it.")),
                (
                    "claimant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims_made",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "piece",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="claims", to="generation.piece"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ClaimEvidence",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("title", models.CharField(help_text="The file's name as it was given.", max_length=120)),
                ("name", models.CharField(help_text="In the `masters` area.", max_length=120)),
                ("byte_count", models.PositiveIntegerField()),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="evidence", to="licensing.claim"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="claim_timers"),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(fields=["state", "received_at"], name="claim_queue"),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(condition=models.Q(("good_faith", True)), name="claim_in_good_faith"),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at__isnull", False), ("state__in", ["received", "countered"])),
                    models.Q(
                        models.Q(("state__in", ["received", "countered"]), _negated=True), ("due_at__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="claim_timer_runs_while_it_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decided_at__isnull", True), ("state__in", ["received", "countered", "to_decide"])),
                    models.Q(
                        models.Q(("state__in", ["received", "countered", "to_decide"]), _negated=True),
                        ("decided_at__isnull", False),
                        ("hides", False),
                    ),
                    _connector="OR",
                ),
                name="claim_ended_at_a_time_hides_nothing",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "upheld"), _negated=True), ("decided_by__isnull", False), _connector="OR"
                ),
                name="claim_upheld_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("counter", ""), ("countered_at__isnull", True)),
                    models.Q(models.Q(("counter", ""), _negated=True), ("countered_at__isnull", False)),
                    _connector="OR",
                ),
                name="claim_countered_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="claim",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["received", "countered", "to_decide"])),
                fields=("piece", "email"),
                name="one_open_claim_of_each_claimant",
            ),
        ),
        migrations.AddConstraint(
            model_name="claimevidence",
            constraint=models.UniqueConstraint(fields=("claim", "name"), name="evidence_once_in_a_claim"),
        ),
        run_sql(
            sqlite=_SQLITE,
            sqlite_back=_SQLITE_BACK,
            postgresql=_POSTGRESQL,
            postgresql_back=_POSTGRESQL_BACK,
        ),
    ]
