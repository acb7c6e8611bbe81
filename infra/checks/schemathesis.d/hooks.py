"""Applies rules that a schema can't express: an id has to exist, an end comes after its start, a phone number has to be
possible. Requests that are generated as valid are changed accordingly before they are sent; requests that are generated
as invalid are sent unchanged. So the check "valid data should have been accepted" applies to every operation.

The hooks also protect the test data: the calling users don't end their own sessions, and objects that other requests
need are not deleted.
"""

import datetime
import hashlib
import json
import os
import re
import threading
import unicodedata
import urllib.request

import schemathesis
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import object_level_authorization, use_after_free

WORLD = json.load(open(os.environ["CITAS_WORLD"]))
IDS = WORLD["ids"]
UNKNOWN_ID = "019ba0de-0000-7000-8000-00000000dead"
KINDS = {**{kind: kind for kind in IDS}, "clinics": "clinic", "specialties": "specialty"}
COLLECTIONS = {
    "clinics/clinics": "clinic", "clinics/rooms": "room", "doctors": "doctor", "patients": "patient",
    "doctors/specialties": "specialty",
}
# The fields of each collection that can't change.
IMMUTABLE = {
    "schedules": ["doctor"], "schedules/rules": ["doctor"], "clinics/rooms": ["clinic"], "clinics/holidays": ["clinic"],
    "schedules/blocks": ["doctor", "room", "clinic"],
}
# After so many days from its first one, a rule has applied on each of its weekdays: every eight weeks at most.
RULE_DAYS = 26 + 9 * 7
ZONES = ["America/Bogota", "America/Argentina/Buenos_Aires", "America/Santiago", "Etc/UTC"]
seen = {value for values in IDS.values() for value in values}
lock = threading.Lock()
keys = 0


def number(value):
    return int.from_bytes(hashlib.sha256(json.dumps(value, default=str).encode()).digest()[:6], "big")


def pick(choices, value):
    return choices[number(value) % len(choices)]


def request_json(url, method="GET", token=None, body=None):
    sent = json.dumps(body or {}).encode() if method == "POST" else None
    request = urllib.request.Request(url, sent, {"Content-Type": "application/json"}, method=method)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def token(name):
    granted = request_json(f"{WORLD['tokens']}/{name}", "POST")
    return granted and granted["access"]


def is_bearer_token(header):
    return isinstance(header, str) and header.startswith("Bearer ") and header.count(".") == 2


def clean(text):
    kept = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cs"))
    return kept if kept.strip() else "Ana"


def day(value, later=0):
    """A date in the weeks after the server's current time, chosen by the value."""
    return datetime.date(2027, 1, 20) + datetime.timedelta(days=later + number(value) % 25)


def known(kind, value):
    return value if value in seen else pick(IDS[kind], value)


def fix_personal_data(fields):
    for name, value in list(fields.items()):
        if value is None:
            continue
        if name in ("phone_number", "emergency_phone"):
            fields[name] = f"+1202555{100 + number(value) % 100:04d}"
        elif name == "email":
            fields[name] = value if re.fullmatch(r"[a-z0-9.]{1,60}@[a-z0-9]+(\.[a-z0-9]+)+", str(value)) \
                else f"persona{number(value)}@clinica.example"
        elif name == "timezone":
            fields[name] = pick(ZONES, value)
        elif name in ("password", "new_password"):
            fields[name] = f"Turno-{number(value)}-largo"
        elif name == "document_number":
            fields[name] = f"{clean(str(value))[:30]}{number(value)}"


def fix_references(fields):
    for name, value in list(fields.items()):
        kind = KINDS.get(name)
        if kind and isinstance(value, list):
            fields[name] = sorted({known(kind, item) for item in value})
        elif kind and value is not None:
            fields[name] = known(kind, value)


def fix_times(fields, path):
    if fields.get("start_time") and fields.get("end_time"):
        start, end = sorted([fields["start_time"][:5], fields["end_time"][:5]])
        if int(end[:2]) - int(start[:2]) < 5:
            start, end = "08:00", "19:00"
        fields["start_time"], fields["end_time"] = start, end
    if fields.get("start_datetime"):
        value = fields["start_datetime"]
        start = datetime.datetime.combine(day(value), datetime.time(number(value) % 9 + 12, 30 * (number(value) % 2)))
        fields["start_datetime"] = f"{start.isoformat()}Z"
        if fields.get("end_datetime"):
            fields["end_datetime"] = f"{(start + datetime.timedelta(minutes=30)).isoformat()}Z"
    elif fields.get("end_datetime") and "blocks" not in path:
        fields.pop("end_datetime")
    for first, last, later in (("valid_from", "valid_until", RULE_DAYS), ("date_from", "date_to", 26)):
        if fields.get(first):
            fields[first] = day(fields[first]).isoformat()
        if fields.get(last):
            fields[last] = day(fields[last], later if fields.get(first) else 0).isoformat()
    if fields.get("date_to") and fields.get("date_from"):
        fields["date_to"] = fields["date_from"]
    if fields.get("date"):
        fields["date"] = day(fields["date"]).isoformat()
        for other in ("date_from", "date_to"):
            fields.pop(other, None)
    if fields.get("birth_date"):
        fields["birth_date"] = "1984-05-17"
    if fields.get("weekdays"):
        fields["weekdays"] = sorted({(day - 1) % 7 + 1 for day in fields["weekdays"] if isinstance(day, int)}) or [1]


def keep_one_of(fields, names, required=True):
    """Keeps exactly one of the named fields."""
    given = [name for name in names if fields.get(name) is not None]
    for name in given[1:]:
        fields.pop(name)
    if not given and required:
        fields[names[0]] = pick(IDS[names[0]], fields)


def fix_action(fields):
    if fields.get("action") == "reschedule":
        fields.setdefault("start_datetime", "2027-01-22T13:00:00Z")
        fields["start_datetime"] = fields["start_datetime"] or "2027-01-22T13:00:00Z"
    else:
        for name in ("start_datetime", "end_datetime", "doctor", "room"):
            fields.pop(name, None)
    if fields.get("action") in ("cancel", "correct"):
        fields["reason"] = "Avisó por teléfono"


def fix_announcement(fields):
    """`told` says how the patient learns of a change without a notice, so it is given exactly with `notify: false`."""
    if fields.get("action", "cancel") not in ("cancel", "reschedule"):
        fields.pop("notify", None)
    if fields.get("notify") is False:
        fields["told"] = fields.get("told") or "by_phone"
    else:
        fields.pop("told", None)


def fix_quick_replies(replies):
    """Shortcuts differ, and each reply has a text in one language at least, without variables."""
    for at, reply in enumerate(reply for reply in replies if isinstance(reply, dict)):
        for unknown in reply.keys() - {"shortcut", "es", "pt", "en"}:
            del reply[unknown]
        reply["shortcut"] = f"respuesta {at}"
        for language in ("es", "pt", "en"):
            if isinstance(reply.get(language), str):
                reply[language] = re.sub("[{}]", "", clean(reply[language]))
        reply["es"] = reply.get("es") or "Gracias"


def collection(path):
    return path.removeprefix("/api/").split("/{")[0].strip("/")


def body(case, fields):
    path, method = case.operation.path, case.method.upper()
    for name, value in list(fields.items()):
        if isinstance(value, str):
            fields[name] = clean(value)
    fix_personal_data(fields)
    fix_references(fields)
    fix_times(fields, path)
    if path == "/api/auth/token/":
        fields.update(WORLD["guest"])
        fields.pop("otp", None)
    if path == "/api/auth/users/":
        fields["password"] = fields.get("password") or "Turno-de-la-tarde-7"
    if path == "/api/auth/me/password/":
        fields["current_password"] = WORLD["guest"]["password"]
        fields["new_password"] = WORLD["guest"]["password"]
    if path == "/api/auth/me/totp/":
        fields.pop("otp", None)
    if path == "/api/auth/logout/" and not fields.get("refresh"):
        fields["all"] = True
    if path.startswith("/api/appointments/") and fields.get("room"):
        # A room of a clinic without access is an unknown id for the caller.
        own = WORLD["rooms"].get(case.auth_identity)
        if own and fields["room"] not in own:
            fields["room"] = pick(own, fields)
    if path.endswith("/actions/"):
        fix_action(fields)
    if path.endswith("/actions/") or path == "/api/appointments/":
        fix_announcement(fields)
    if path == "/api/appointments/" and fields.get("overbook"):
        fields["reason"] = "Sobreturno"
    if path == "/api/appointments/" and not fields.get("walk_in"):
        fields["start_datetime"] = fields.get("start_datetime") or "2027-01-22T13:00:00Z"
    if path == "/api/worklist/{id}/" and fields.get("taken_by"):
        # An OPERATOR takes entries for nobody else.
        fields["taken_by"] = WORLD["users"].get(case.auth_identity, WORLD["users"]["norte"])
    if fields.get("needs_attention"):
        fields["needs_attention"] = False
    if isinstance(fields.get("quick_replies"), list):
        fix_quick_replies(fields["quick_replies"])
    if path == "/api/schedules/blocks/":
        keep_one_of(fields, ["doctor", "room", "clinic"])
    if "/contacts/" in path and fields.get("receives_notifications") and not fields.get("phone_number"):
        fields["phone_number"] = "+12025550198"
    if path.endswith("/contacts/"):
        delete_extra_contacts(case)
    if method in ("PUT", "PATCH") and "{id}" in path:
        set_immutable(case, fields, method)


def set_immutable(case, fields, method):
    """Sets the immutable fields to their current values, and removes half of a start/end pair from a PATCH."""
    names = IMMUTABLE.get(collection(case.operation.path), [])
    before = request_json(f"{WORLD['base']}{case.formatted_path}", token=token("admin")) if names else None
    for name in names:
        fields.pop(name, None)
        if before and before.get(name) is not None:
            fields[name] = before[name]
    if collection(case.operation.path) == "schedules/blocks" and method == "PUT" and not before:
        keep_one_of(fields, ["doctor", "room", "clinic"])
    if not before and method == "PUT":
        for name in names[:1]:
            fields.setdefault(name, pick(IDS[name], fields))
    if method == "PATCH":
        for first, last in (("start_time", "end_time"), ("start_datetime", "end_datetime"), ("valid_from", "valid_until")):
            if (first in fields) != (last in fields):
                fields.pop(first, None)
                fields.pop(last, None)


def query(case, fields):
    path = case.operation.path
    fields.pop("cursor", None)  # only the server creates valid cursors
    if fields.get("format") == "csv":
        fields.pop("page_size", None)  # a file has no pages
    if fields.get("expand") == "summary" and path == "/api/patients/":
        fields.pop("page_size", None)  # a page with summaries is shorter
    for name, value in list(fields.items()):
        if isinstance(value, str) and name in ("search", "document_number", "model"):
            fields[name] = clean(value)
    if fields.get("phone_number"):
        fields["phone_number"] = "+12025550141"
    fix_references(fields)
    fix_times(fields, path)
    if path == "/api/schedules/slots/":
        keep_one_of(fields, ["doctor", "specialty"])
    elif path == "/api/schedules/blocks/":
        keep_one_of(fields, ["doctor", "room", "clinic"], required=False)
    elif path in ("/api/schedules/", "/api/schedules/windows/") and case.method.upper() == "GET":
        if not any(fields.get(name) for name in ("doctor", "room", "clinic")):
            fields["doctor"] = pick(IDS["doctor"], fields)


def delete_extra_contacts(case):
    """Deletes contacts, because a patient has at most ten and a valid eleventh would be refused."""
    path = f"{WORLD['base']}{case.formatted_path}"
    contacts = (request_json(path, token=token("admin")) or {}).get("results", [])
    for contact in contacts[9:]:
        request_json(f"{path}{contact['id']}/", "DELETE", token("admin"))


def patient_to_erase():
    """Creates a patient that no other request needs, because an erasure can't be undone."""
    global keys
    with lock:
        keys += 1
        document = f"borrar-{keys}"
    body = {"first_name": "Zoe", "last_name": "Luna", "document_number": document, "phone_number": "+12025550199"}
    made = request_json(f"{WORLD['base']}/api/patients/", "POST", token("admin"), body)
    return made["id"] if made else UNKNOWN_ID


def protect(case):
    """Redirects requests that would deactivate or delete the callers or objects that other requests need."""
    parameters, method = case.path_parameters or {}, case.method.upper()
    if "id" not in parameters or method in ("GET", "HEAD", "OPTIONS"):
        return
    path = case.operation.path
    if path.endswith("/erase/") and parameters["id"] in seen:
        parameters["id"] = patient_to_erase()
    if path == "/api/auth/users/{id}/":
        callers = {WORLD["users"][name] for name in ("norte", "chapinero", "guest")} | set(WORLD["admins"])
        if parameters["id"] in callers:
            parameters["id"] = WORLD["users"]["spare"]
    kind = COLLECTIONS.get(collection(path))
    if kind and parameters["id"] in IDS[kind]:
        if method == "DELETE":
            parameters["id"] = UNKNOWN_ID
        elif isinstance(case.body, dict) and case.body.get("is_active") is False:
            case.body["is_active"] = True


@schemathesis.hook
def before_call(context, case, kwargs):
    global keys
    path = case.operation.path
    header = (case.headers or {}).get("Authorization")
    if path in ("/api/auth/logout/", "/api/auth/me/password/") and is_bearer_token(header):
        fresh = token("guest/anew" if "logout" in path else "guest")
        if fresh:
            case.headers["Authorization"] = f"Bearer {fresh}"
    if case.meta is not None and case.meta.generation.mode == GenerationMode.POSITIVE:
        if isinstance(case.body, dict):
            body(case, case.body)
        if isinstance(case.query, dict):
            query(case, case.query)
        for name in list(case.headers or {}):
            if name.lower() == "if-match":
                case.headers[name] = "*"
            elif name.lower() == "idempotency-key":
                with lock:
                    keys += 1
                    case.headers[name] = f"turno-{keys}"
    protect(case)


@schemathesis.hook
def after_call(context, case, response):
    if 200 <= response.status_code < 300 and "json" in str(response.headers.get("content-type", "")):
        text = response.content.decode(errors="replace")
        with lock:
            seen.update(re.findall(r'"id":"([0-9a-f-]{36})"', text))


@schemathesis.check
def deleted_objects_are_gone(ctx, response, case):
    """`use_after_free`, except for objects that a DELETE only deactivates: they can still be read, changed and
    activated again."""
    if re.match(r"/api/(auth/users|patients|doctors|clinics/clinics|clinics/rooms)/\{id\}/", case.operation.path):
        return None
    return use_after_free(ctx, response, case)


@schemathesis.check
def other_clinics_are_hidden(ctx, response, case):
    """`object_level_authorization`, except for patients and doctors, which all clinics share, unlike their
    appointments."""
    path = case.operation.path
    if path.startswith(("/api/patients/", "/api/doctors/")) and not path.endswith("/appointments/"):
        return None
    return object_level_authorization(ctx, response, case)


@schemathesis.check
def documented_code(ctx, response, case):
    """The code of a problem is documented for this operation and status."""
    if not str(response.headers.get("content-type", [""])[0]).startswith("application/problem+json"):
        return
    declared = case.operation.definition.raw["responses"].get(str(response.status_code))
    if declared is None:
        return  # reported by another check
    if "$ref" in declared:
        declared = case.operation.schema.raw_schema["components"]["responses"][declared["$ref"].rsplit("/", 1)[1]]
    examples = declared["content"]["application/problem+json"].get("examples", {})
    code = response.json().get("code")
    assert code in examples, f"`{code}` is not among {sorted(examples)}"
