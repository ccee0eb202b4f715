"""Paying makers: their accounts, transfers to them and reversals; and the last ways round the ledger are closed."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import common.ids
from common.append_only import run_sql

# `INSERT OR REPLACE` deletes a row without asking the triggers that guard it, so its coming back is refused.
_REPLACE = """CREATE TRIGGER ledger_{name}_replace BEFORE INSERT ON marketplace_{name}
    WHEN EXISTS (SELECT 1 FROM marketplace_{name} WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'ledger: {name} is there already'); END"""
_NAMES = ("account", "entry", "line")
_SQLITE = [
    *(_REPLACE.format(name=name) for name in _NAMES),
    """CREATE TRIGGER ledger_account_update BEFORE UPDATE ON marketplace_account
    BEGIN SELECT RAISE(ABORT, 'ledger: accounts are immutable'); END""",
]
_SQLITE_BACK = [*(f"DROP TRIGGER ledger_{name}_replace" for name in _NAMES), "DROP TRIGGER ledger_account_update"]
_POSTGRESQL = [
    """CREATE FUNCTION ledger_account_guard() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'ledger: accounts are immutable' USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    """CREATE TRIGGER ledger_account BEFORE UPDATE ON marketplace_account
    FOR EACH ROW EXECUTE FUNCTION ledger_account_guard()""",
]
_POSTGRESQL_BACK = ["DROP TRIGGER ledger_account ON marketplace_account", "DROP FUNCTION ledger_account_guard()"]


class Migration(migrations.Migration):
    dependencies = [
        ("marketplace", "0008_lost_approval_ends_holds"),
    ]

    operations = [
        migrations.AddField(
            model_name="entry",
            name="matures_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When what it makes payable may be paid out; at once where there is none.",
                null=True,
            ),
        ),
        migrations.CreateModel(
            name="PayoutAccount",
            fields=[
                (
                    "maker",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="payout_account",
                        serialize=False,
                        to="marketplace.profile",
                    ),
                ),
                ("country", models.CharField(max_length=2)),
                ("provider_id", models.CharField(blank=True, max_length=120, null=True, unique=True)),
                (
                    "submitted",
                    models.BooleanField(default=False, help_text="The maker has filled in the provider's form."),
                ),
                ("active", models.BooleanField(default=False, help_text="The provider lets us transfer money to it.")),
                (
                    "requirements",
                    models.JSONField(
                        default=list, help_text="What the provider still wants to know, in its own names."
                    ),
                ),
                ("disabled_reason", models.CharField(blank=True, max_length=120)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("active", False), ("provider_id__isnull", False), _connector="OR"),
                        name="payouts_go_somewhere",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "action",
                    models.CharField(
                        help_text="The business action, also the idempotency key.", max_length=160, unique=True
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("intended", "Intended"),
                            ("sent", "Sent"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                        ],
                        default="intended",
                        max_length=10,
                    ),
                ),
                ("amount_minor", models.PositiveBigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("provider_id", models.CharField(blank=True, max_length=120, null=True, unique=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("succeeded_at", models.DateTimeField(blank=True, null=True)),
                ("destination", models.CharField(max_length=120)),
                (
                    "maker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="transfers", to="marketplace.profile"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reversal",
            fields=[
                ("id", models.UUIDField(default=common.ids.new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "action",
                    models.CharField(
                        help_text="The business action, also the idempotency key.", max_length=160, unique=True
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("intended", "Intended"),
                            ("sent", "Sent"),
                            ("succeeded", "Succeeded"),
                            ("failed", "Failed"),
                        ],
                        default="intended",
                        max_length=10,
                    ),
                ),
                ("amount_minor", models.PositiveBigIntegerField()),
                ("currency", models.CharField(max_length=3)),
                ("provider_id", models.CharField(blank=True, max_length=120, null=True, unique=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("succeeded_at", models.DateTimeField(blank=True, null=True)),
                (
                    "transfer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reversals", to="marketplace.transfer"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="transfer_has_an_amount"
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "succeeded"), _negated=True),
                    models.Q(("provider_id__isnull", False), ("succeeded_at__isnull", False)),
                    _connector="OR",
                ),
                name="transfer_succeeded_at_the_provider",
            ),
        ),
        migrations.AddConstraint(
            model_name="transfer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ("intended", "sent"))),
                fields=("maker", "currency"),
                name="one_transfer_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="reversal",
            constraint=models.CheckConstraint(
                condition=models.Q(("amount_minor__gt", 0)), name="reversal_has_an_amount"
            ),
        ),
        migrations.AddConstraint(
            model_name="reversal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "succeeded"), _negated=True),
                    models.Q(("provider_id__isnull", False), ("succeeded_at__isnull", False)),
                    _connector="OR",
                ),
                name="reversal_succeeded_at_the_provider",
            ),
        ),
        run_sql(
            sqlite=_SQLITE,
            sqlite_back=_SQLITE_BACK,
            postgresql=_POSTGRESQL,
            postgresql_back=_POSTGRESQL_BACK,
        ),
    ]
