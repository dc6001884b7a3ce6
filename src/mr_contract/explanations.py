"""What each reason says: its words, what to do, and who can do it.

The sentences are here in English; console and tablet carry them in other languages, keyed by reason.
"""

from __future__ import annotations

from typing import NamedTuple

from mr_contract.reasons import Reason
from mr_contract.vocabulary import Party


class Explanation(NamedTuple):
    """Words of a reason. `{names}` are filled from a finding's figures."""

    text: str
    remedy: str
    cleared_by: Party


_R, _P = Reason, Party
EXPLANATIONS: dict[Reason, Explanation] = {
    _R.NO_CONTROL: Explanation("The scanner is under local control", "Ask for control", _P.REMOTE_OPERATOR),
    _R.NOT_HOLDER: Explanation("{holder} has control", "Ask for a handover", _P.BOTH),
    _R.CONTROL_SUSPENDED: Explanation(
        "Control is suspended after a lost link", "Touch Resume at the tablet", _P.LOCAL_OPERATOR
    ),
    _R.CONSENT_PENDING: Explanation(
        "The local operator has not answered yet", "Answer at the tablet", _P.LOCAL_OPERATOR
    ),
    _R.VIEW_NOT_GRANTED: Explanation("View is not granted", "Ask for view", _P.REMOTE_OPERATOR),
    _R.TALK_NOT_GRANTED: Explanation("Talk is not granted", "Ask for talk", _P.REMOTE_OPERATOR),
    _R.EDIT_NOT_GRANTED: Explanation("Edit is not granted", "Ask for edit", _P.REMOTE_OPERATOR),
    _R.START_NOT_GRANTED: Explanation("Start is not granted", "Ask for start", _P.REMOTE_OPERATOR),
    _R.PATIENT_NOT_GRANTED: Explanation(
        "Speaking to the patient is not granted", "Ask to speak to the patient", _P.REMOTE_OPERATOR
    ),
    _R.ROLE_FORBIDS: Explanation(
        "A {role} may not do this", "Ask the site for another role", _P.SITE_SUPPORT
    ),
    _R.REQUEST_GONE: Explanation("This request is no longer open", "Ask again", _P.REMOTE_OPERATOR),
    _R.VOIDED_MEANWHILE: Explanation(
        "Voided since control was suspended: {what}", "Ask for control anew", _P.REMOTE_OPERATOR
    ),
    _R.CONNECTED_LIMIT: Explanation(
        "You control {count} scanners, at most {most}", "Release one of them", _P.REMOTE_OPERATOR
    ),
    _R.ASKED_TOO_OFTEN: Explanation(
        "Control was asked for too often from this device", "Ask again in {wait_s} s", _P.TIME
    ),
    _R.DENIED: Explanation("The local operator said no", "Talk with the local operator", _P.BOTH),
    _R.ROSTER_BELOW_POLICY: Explanation(
        "Too few people are checked in: {missing}", "Check in at the tablet", _P.LOCAL_OPERATOR
    ),
    _R.PRESENCE_LAPSED: Explanation(
        "No sign of the local operator for {minutes} minutes", "Touch the tablet", _P.LOCAL_OPERATOR
    ),
    _R.NOT_CHECKED_IN: Explanation("{name} is not checked in", "Check in first", _P.LOCAL_OPERATOR),
    _R.WRONG_PIN: Explanation("The PIN is not right", "Type it again", _P.LOCAL_OPERATOR),
    _R.PIN_LOCKED: Explanation("Too many wrong PINs", "Wait {wait_s} s", _P.TIME),
    _R.NOT_ON_ROSTER: Explanation(
        "{name} is not on this site's roster", "Ask the site to add you, named as in your certificate",
        _P.SITE_SUPPORT,
    ),
    _R.NO_EXAM: Explanation("No exam is open", "Take the next patient at the tablet", _P.LOCAL_OPERATOR),
    _R.EXAM_OPEN: Explanation("An exam is already open", "Close it first", _P.LOCAL_OPERATOR),
    _R.EXAM_QUARANTINED: Explanation(
        "Wrong patient or side: this exam is in quarantine", "Close it and take the right patient anew",
        _P.LOCAL_OPERATOR,
    ),
    _R.CORRECTION_UNCLEAR: Explanation(
        "The correction does not say what is right", "Choose the right worklist entry or side",
        _P.LOCAL_OPERATOR,
    ),
    _R.IDENTITY_NOT_CONFIRMED: Explanation(
        "Identity is not confirmed", "Confirm two identifiers at the tablet", _P.LOCAL_OPERATOR
    ),
    _R.IDENTIFIERS_TOO_FEW: Explanation(
        "Two different identifiers are needed", "Check one more", _P.LOCAL_OPERATOR
    ),
    _R.SCREENING_MISSING: Explanation(
        "MR safety screening is missing", "Record it at the tablet", _P.LOCAL_OPERATOR
    ),
    _R.SCREENING_SECOND_SIGNATURE: Explanation(
        "Screening needs a second signature", "A second person signs with their PIN", _P.BOTH
    ),
    _R.SCREENING_LEVEL_2: Explanation(
        "Neither signature is of a Level 2 person", "A Level 2 person signs", _P.BOTH
    ),
    _R.SCREENING_SAME_SIGNER: Explanation(
        "Both signatures are of {name}", "Another person signs", _P.LOCAL_OPERATOR
    ),
    _R.SCREENING_FULL_STOP: Explanation(
        "The full stop before the magnet room is missing", "Confirm it at the door", _P.LOCAL_OPERATOR
    ),
    _R.SCREENING_CHANGED: Explanation(
        "The screening was changed meanwhile", "Look at it and sign again", _P.REMOTE_OPERATOR
    ),
    _R.SCREENING_NEEDS_VIDEO: Explanation(
        "No live picture of the people at this scanner reaches you",
        "Show a camera of the room, the patient or the tablet, and wait until it is live",
        _P.REMOTE_OPERATOR,
    ),
    _R.SIGNATURE_NOT_REMOTE: Explanation(
        "This site takes no screening signature from a console",
        "A second person signs at the tablet", _P.LOCAL_OPERATOR,
    ),
    _R.EXCEPTION_NOT_ALLOWED: Explanation(
        "The site's policy allows no emergency exception", "Complete the screening", _P.LOCAL_OPERATOR
    ),
    _R.PHYSICIAN_NEEDED: Explanation(
        "{name} is not a physician", "A physician signs with their PIN", _P.LOCAL_OPERATOR
    ),
    _R.PATIENT_DATA_MISSING: Explanation(
        "{missing} is missing", "Enter it at the tablet", _P.LOCAL_OPERATOR
    ),
    _R.RESPONSIBILITIES_UNREAD_LOCAL: Explanation(
        "Nobody at the site has acknowledged who does what", "Read the list at the tablet and acknowledge it",
        _P.LOCAL_OPERATOR,
    ),
    _R.RESPONSIBILITIES_UNREAD_REMOTE: Explanation(
        "{name} has not acknowledged who does what", "Read the list and acknowledge it", _P.REMOTE_OPERATOR
    ),
    _R.RESPONSIBILITIES_CHANGED: Explanation(
        "The list of who does what was changed meanwhile", "Read it again", _P.BOTH
    ),
    _R.RESPONSIBILITY_AT_SITE: Explanation(
        "This takes hands beside the patient and stays at the site", "Leave it there", _P.BOTH
    ),
    _R.PATIENT_READY_MISSING: Explanation(
        "Patient ready is not confirmed", "Leave the room, close the door, hold Patient ready",
        _P.LOCAL_OPERATOR,
    ),
    _R.DOOR_OPEN: Explanation("The door is open", "Close the door", _P.LOCAL_OPERATOR),
    _R.DOOR_WAS_OPENED: Explanation(
        "The door was opened", "Hold Patient ready once more", _P.LOCAL_OPERATOR
    ),
    _R.TABLE_MOVED: Explanation("The table was moved", "Hold Patient ready once more", _P.LOCAL_OPERATOR),
    _R.TABLE_NOT_AT_ISOCENTRE: Explanation(
        "The table is not at the isocentre", "Move the table in", _P.LOCAL_OPERATOR
    ),
    _R.COIL_CHANGED: Explanation("The coil was changed", "Hold Patient ready once more", _P.LOCAL_OPERATOR),
    _R.NO_COIL: Explanation("No coil is connected", "Connect the coil", _P.LOCAL_OPERATOR),
    _R.LANDMARK_MISSING: Explanation("No landmark is set", "Set the landmark", _P.LOCAL_OPERATOR),
    _R.ROOM_UNKNOWN: Explanation(
        "Door, table and coil are not known", "Wait for the scanner, or call support", _P.SITE_SUPPORT
    ),
    _R.NO_STEP: Explanation("No protocol is open", "Open a protocol", _P.REMOTE_OPERATOR),
    _R.STEP_UNKNOWN: Explanation("There is no such step", "Choose a step of this exam", _P.REMOTE_OPERATOR),
    _R.STEP_NOT_PLANNED: Explanation(
        "{step} has already run", "Repeat it, with a reason", _P.REMOTE_OPERATOR
    ),
    _R.STEP_IN_CONFLICT: Explanation("{step}: {why}", "Take one of the remedies", _P.REMOTE_OPERATOR),
    _R.STEP_UNCHECKED: Explanation("{step} is being checked with the scanner", "Wait", _P.TIME),
    _R.STALE_REVISION: Explanation(
        "{step} was changed meanwhile", "Look at the new values and start again", _P.REMOTE_OPERATOR
    ),
    _R.PROTOCOL_UNKNOWN: Explanation(
        "The scanner has no such protocol", "Choose another protocol", _P.REMOTE_OPERATOR
    ),
    _R.PROTOCOL_NOT_APPROVED: Explanation(
        "The site has not approved this protocol", "Choose an approved one", _P.REMOTE_OPERATOR
    ),
    _R.REASON_NEEDED: Explanation("A reason is needed", "Say why", _P.REMOTE_OPERATOR),
    _R.EXPOSURE_UNKNOWN: Explanation(
        "Exposure is not predicted", "Enter weight and height; open the step", _P.BOTH
    ),
    _R.FIRST_LEVEL_UNDECIDED: Explanation(
        "{step} needs first level controlled mode ({value})",
        "Lower the exposure, or both decide for first level", _P.BOTH,
    ),
    _R.UNSCREENED_NORMAL_MODE: Explanation(
        "{step} needs first level controlled mode, and implants are not known",
        "Lower the exposure, or record the screening", _P.BOTH,
    ),
    _R.SECOND_LEVEL: Explanation(
        "{step} is above first level ({value})", "Lower the exposure", _P.REMOTE_OPERATOR
    ),
    _R.IMPLANT_LIMIT: Explanation(
        "{step} exceeds the label of {device} ({value})", "Lower the exposure", _P.REMOTE_OPERATOR
    ),
    _R.SAR_AVERAGE_WAIT: Explanation("6-minute SAR average: start possible in {wait}", "Wait", _P.TIME),
    _R.LINK_RED: Explanation("Control round trip is {round_trip_ms} ms", "Wait for a better line", _P.TIME),
    _R.LINK_UNKNOWN: Explanation("The link has not been measured yet", "Wait", _P.TIME),
    _R.PICTURE_FROZEN: Explanation("The picture is {age_s} s old", "Check the camera", _P.LOCAL_OPERATOR),
    _R.PICTURE_UNKNOWN: Explanation("There is no picture", "Switch the camera on", _P.LOCAL_OPERATOR),
    _R.PICTURE_PAUSED: Explanation(
        "The local operator paused the picture", "Resume it at the tablet", _P.LOCAL_OPERATOR
    ),
    _R.SCANNER_NOT_HEARD: Explanation(
        "The scanner does not answer", "Look at the scanner; call support", _P.LOCAL_OPERATOR
    ),
    _R.SCANNER_BUSY: Explanation("{activity}", "Wait for the scanner", _P.TIME),
    _R.SCANNER_FAULT: Explanation("Scanner fault: {fault}", "Clear it at the scanner", _P.LOCAL_OPERATOR),
    _R.SCANNER_STOPPING: Explanation("Stop was given; not yet idle", "Wait until it is idle", _P.TIME),
    _R.SCANNER_WITHOUT_STOP: Explanation(
        "This scanner cannot be stopped by software", "The site's policy must admit it", _P.SITE_SUPPORT
    ),
    _R.SCANNER_REFUSED: Explanation("The scanner refused: {why}", "See the scanner's words", _P.BOTH),
    _R.SQUEEZE_BULB: Explanation(
        "The patient squeezed the bulb", "Talk with the patient, then acknowledge", _P.BOTH
    ),
    _R.OUTCOME_UNKNOWN: Explanation(
        "It is not known whether {step} ran", "Look at the scanner and say so at the tablet",
        _P.LOCAL_OPERATOR,
    ),
    _R.JOURNAL_UNWRITABLE: Explanation(
        "The journal cannot be written: {why}", "Free space on the agent's disk", _P.SITE_SUPPORT
    ),
    _R.RUNNING_ELSEWHERE: Explanation(
        "You are running {count} at {where}", "Wait until it has ended", _P.TIME
    ),
    _R.WORKLOAD_UNKNOWN: Explanation(
        "It is not known which other scans you run: {why}",
        "Take control, and stay connected to all your sites",
        _P.REMOTE_OPERATOR,
    ),
    _R.NO_SOURCES: Explanation(
        "The site has no camera for this scanner", "Declare one in site.toml", _P.SITE_SUPPORT
    ),
    _R.MEDIA_DOWN: Explanation(
        "Pictures and sound are not available: {why}", "Wait; the agent tries again by itself", _P.TIME
    ),
    _R.MEDIA_REFUSED: Explanation(
        "The connection for pictures was refused: {why}", "Update the program", _P.SITE_SUPPORT
    ),
    _R.MEDIA_NO_PATH: Explanation(
        "No way was found for pictures and sound",
        "Open UDP {ports} from here to the site's agent, or name a TURN server in site.toml ([[media.turn]])",
        _P.SITE_SUPPORT,
    ),
    _R.MEDIA_NO_RELAY: Explanation(
        "No way was found for pictures and sound through the site's relay",
        "Open the way from here and from the site's agent to {relays}", _P.SITE_SUPPORT,
    ),
    _R.MEDIA_ENDED: Explanation(
        "This connection for pictures has ended", "Open another", _P.REMOTE_OPERATOR
    ),
    _R.NO_INTERCOM: Explanation(
        "The site has no intercom to the patient for this scanner", "Declare one in site.toml",
        _P.SITE_SUPPORT,
    ),
    _R.INTERCOM_FAILS: Explanation(
        "The patient's intercom fails: {why}", "Speak to the patient at the scanner", _P.LOCAL_OPERATOR
    ),
    _R.NO_SOUND: Explanation(
        "You have no connection for sound to this scanner", "Wait until there is sound", _P.TIME
    ),
    _R.NO_RECORDING: Explanation(
        "The site has no recording for it in this language: {what}",
        "Speak to the patient, or choose another language", _P.REMOTE_OPERATOR,
    ),
    _R.SITE_NOT_LISTENING: Explanation(
        "Nobody at the site hears you: sound is off at the tablet", "Switch sound on at the tablet",
        _P.LOCAL_OPERATOR,
    ),
    _R.AUDIO_UNCHECKED: Explanation(
        "Nobody has checked that both ends hear each other", "Ask “can you hear me?” beside Talk",
        _P.REMOTE_OPERATOR,
    ),
    _R.AUDIO_UNANSWERED: Explanation(
        "“Can you hear me?” is not answered yet", "Answer at the tablet", _P.LOCAL_OPERATOR
    ),
    _R.AUDIO_UNCONFIRMED: Explanation(
        "The site hears the console; whether it is heard is not confirmed", "Listen, and answer beside Talk",
        _P.REMOTE_OPERATOR,
    ),
    _R.AUDIO_UNHEARD_AT_SITE: Explanation(
        "The site heard nothing in the audio check", "Look at microphone and volume, and ask again", _P.BOTH
    ),
    _R.AUDIO_UNHEARD_AT_DESK: Explanation(
        "The remote operator heard nothing in the audio check",
        "Look at microphone and volume, and ask again", _P.BOTH,
    ),
    _R.AUDIO_BROKEN: Explanation(
        "Sound was interrupted since the audio check", "Ask “can you hear me?” again", _P.REMOTE_OPERATOR
    ),
    _R.AUDIO_DEVICE_CHANGED: Explanation(
        "A sound device was changed since the audio check", "Ask “can you hear me?” again",
        _P.REMOTE_OPERATOR,
    ),
    _R.STALE_STANDING: Explanation(
        "Something changed since the press began", "Look at the list and press again", _P.REMOTE_OPERATOR
    ),
    _R.LATE: Explanation("The press arrived too late", "Press again", _P.REMOTE_OPERATOR),
    _R.NOT_NOW: Explanation("Not possible in this state", "Look at who operates", _P.BOTH),
    _R.REGISTER_UNUSABLE: Explanation(
        "The agent cannot read or write a register of the site",
        "Try again; if it stays so, `local-agent check` names the file", _P.SITE_SUPPORT,
    ),
    _R.UNKNOWN_SCANNER: Explanation("There is no such scanner", "Choose another", _P.REMOTE_OPERATOR),
    _R.COMMAND_REUSED: Explanation(
        "A command number was used twice for different things", "Report this fault", _P.SITE_SUPPORT
    ),
    _R.SERIES_UNKNOWN: Explanation(
        "There is no such stored series", "Choose a stored series of this exam", _P.REMOTE_OPERATOR
    ),
    _R.CODE_REFUSED: Explanation(
        "The code is wrong, used or too old", "Ask the site for a new invitation", _P.SITE_SUPPORT
    ),
    _R.NOT_SENT: Explanation("Not sent: {why}", "Wait for the link, then do it again", _P.REMOTE_OPERATOR),
    _R.MALFORMED: Explanation("The message is not valid: {why}", "Update the program", _P.SITE_SUPPORT),
    _R.TOO_LARGE: Explanation("The message is too large", "Update the program", _P.SITE_SUPPORT),
    _R.OUT_OF_ORDER: Explanation("The message came out of order", "Connect again", _P.SITE_SUPPORT),
    _R.INCOMPATIBLE_PROTOCOL: Explanation(
        "This end speaks version {ours}, the other {theirs}", "Update the older program", _P.SITE_SUPPORT
    ),
    _R.TOO_MANY: Explanation("Too many connections or messages", "Wait a minute", _P.TIME),
    _R.REVOKED: Explanation("This device was revoked", "Ask the site for a new invitation", _P.SITE_SUPPORT),
    _R.NOT_PAIRED: Explanation("This tablet is not paired", "Pair it with a new code", _P.SITE_SUPPORT),
    _R.CLOSING: Explanation("The agent is closing", "Wait and connect again", _P.TIME),
}  # fmt: skip
