"""The policy's findings in words for a buyer, in the reader's language. The reviewer's own sentences stay on the desk.

A rule that has no words here yet is shown in the sentence that it gave, never hidden.
"""

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from licensing.models import Finding
from marketplace.storefront.templatetags.vernissage import count

__all__ = ["in_words"]

FINE, LOOK, BLOCKS = Finding.Severity.FINE, Finding.Severity.LOOK, Finding.Severity.BLOCKS

SENTENCES: dict[tuple[str, str], Promise] = {
    ("model_licence", BLOCKS): _("The licence of the model does not let its output be sold."),
    ("weights_unchanged", FINE): _("The record names the same weights as the registry of models."),
    ("weights_unchanged", LOOK): _("The weights could not yet be compared with those registered."),
    ("weights_unchanged", BLOCKS): _("The record names other weights than the registry of models."),
    ("training_known", LOOK): _("What the model learned from is not fully known."),
    ("training_licences", LOOK): _("The licences of the training pictures could not be checked."),
    ("training_licences", BLOCKS): _("Some training pictures may not be used for work that is sold."),
    ("training_consent", LOOK): _("Nobody’s consent to the training could be checked."),
    ("training_consent", BLOCKS): _("For some training data no consent is recorded."),
    ("opt_outs", LOOK): _("It is not known whether anybody withdrew a training picture."),
    ("opt_outs", BLOCKS): _("Some training pictures were withdrawn by their owners."),
    ("input_rights", LOOK): _("For every work that was put in, a right of use is stated."),
    ("nearness_to_training", LOOK): _("It was not compared with all that its model learned from. Nothing is claimed."),
    ("nearness_to_training", BLOCKS): _("It comes unusually near to a work that its model learned from."),
    ("names_in_prompt", FINE): _("No words were given, so no artist, person or brand was asked for by name."),
    ("names_in_prompt", LOOK): _("Words were given, and a person read them for names of artists, people and brands."),
    ("names_in_prompt", BLOCKS): _("The words that were given name an artist, a person, a character or a brand."),
    ("sensitive_words", FINE): _("No word on the list of sensitive words is in it."),
    ("sensitive_words", BLOCKS): _("A word on the list of sensitive words is in it, so a person looked closely."),
    ("near_duplicates", FINE): _("No other picture of the house looks nearly the same."),
    ("near_duplicates", LOOK): _("It was not compared with others, or its maker has others that look much like it."),
    ("near_duplicates", BLOCKS): _("Somebody else’s work in the house looks nearly the same."),
    ("human_part", LOOK): _("No human part beyond asking for it is recorded, so no authorship is claimed."),
}  # fmt: skip


def _model_licence(evidence: dict[str, Any]) -> str:
    return gettext("The licence of the model (%(licence)s) lets its pictures be sold.") % evidence


def _learned(known: Promise) -> Callable[[dict[str, Any]], str | Promise]:
    """The sentence about training data, or that there is none: a method without learnt weights has no training."""

    def sentence(evidence: dict[str, Any]) -> str | Promise:
        nothing = evidence.get("datasets") == 0 or evidence.get("runs") == []
        return _("A method made it that has learned from nobody’s work.") if nothing else known

    return sentence


def _input_rights(evidence: dict[str, Any]) -> str | Promise:
    if evidence.get("inputs"):
        return _("What was put in is the maker’s own work of this house, or free of conditions.")
    return _("No other work was put in: it was made from numbers alone.")


def _input_refused(evidence: dict[str, Any]) -> str | Promise:
    if evidence.get("without_rights"):
        return _("A work was put in without a right to use it.")
    return _("The licence of a work that was put in does not let this be sold under the house’s licences.")


def _near_to_nothing(evidence: dict[str, Any]) -> str | Promise:
    if evidence.get("measured"):
        return _("Detectors of copies found it near to no work that its model learned from.")
    return _("A method made it that has learned from nobody’s work.")


def _human_part(evidence: dict[str, Any]) -> str:
    made = int(evidence.get("made_together", 1))
    if made > 1:
        sentence = ngettext(
            "A person put it forward out of %(made)s made together.",
            "A person put it forward out of %(made)s made together.",
            made,
        )
        return sentence % {"made": count(made)}
    return gettext("A person described it in words.")


COUNTED: dict[tuple[str, str], Callable[[dict[str, Any]], str | Promise]] = {
    ("model_licence", FINE): _model_licence,
    ("training_known", FINE): _learned(_("The training run is known, and every item that it learned from is listed.")),
    ("training_licences", FINE): _learned(_("Every training picture is under a licence that allows this use.")),
    ("training_consent", FINE): _learned(_("For all training data it is recorded on whose consent it rests.")),
    ("opt_outs", FINE): _learned(_("No training picture was withdrawn by its owner.")),
    ("input_rights", FINE): _input_rights,
    ("input_rights", BLOCKS): _input_refused,
    ("nearness_to_training", FINE): _near_to_nothing,
    ("human_part", FINE): _human_part,
}


def in_words(finding: Finding) -> str | Promise:
    """One finding as a sentence for everybody."""
    key = (finding.rule, finding.severity)
    if key in COUNTED:
        return COUNTED[key](finding.evidence)
    return SENTENCES.get(key, finding.sentence)
