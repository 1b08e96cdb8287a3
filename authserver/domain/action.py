"""Every state-changing thing that someone can ask for has a name here; routes and policy use it."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    OPEN_ACCOUNT = "open_account"
    REDEEM_ENROLMENT_CODE = "redeem_enrolment_code"
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    ENROL_FIRST_PASSKEY = "enrol_first_passkey"
    ADD_PASSKEY = "add_passkey"
    RENAME_PASSKEY = "rename_passkey"
    REMOVE_PASSKEY = "remove_passkey"
    RENEW_RECOVERY_CODES = "renew_recovery_codes"
    SET_PASSWORD = "set_password"  # noqa: S105 - the name of an action
    ADD_TOTP = "add_totp"
    REMOVE_TOTP = "remove_totp"
    REQUEST_EXCEPTION = "request_exception"
    DECIDE_EXCEPTION = "decide_exception"
    END_EXCEPTION = "end_exception"
    REVOKE_EXCEPTION = "revoke_exception"
    REOPEN_PATH = "reopen_path"
    RECOVER_ACCOUNT = "recover_account"
    STOP_RECOVERY = "stop_recovery"
    UNDO_RECOVERY = "undo_recovery"
    END_SESSION = "end_session"
    ANSWER_STEP_UP = "answer_step_up"
    CHANGE_LANGUAGE = "change_language"
    OPERATE_TEST_MODE = "operate_test_mode"
