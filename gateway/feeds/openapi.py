"""The events' part of the OpenAPI document: what `data` may hold, for each type of event.

Written out whole, because the web framework keeps only what stands in the operation itself.
"""

from __future__ import annotations

from typing import Any

from gateway.feeds.schema import DATA, CloudEvent


def request_body(most: int) -> dict[str, Any]:
    """One event, or a batch of at most `most`."""
    event = {"oneOf": [_event(kind.value) for kind in DATA]}
    batch = {"type": "array", "maxItems": most, "items": event}
    return {
        "required": True,
        "content": {
            "application/cloudevents+json": {"schema": event},
            "application/cloudevents-batch+json": {"schema": batch},
        },
    }


def eido_body() -> dict[str, Any]:
    """An EIDO: the parts of it that are read. The standard's own schema has the rest."""
    return {"required": True, "content": {"application/emergency.eido+json": {"schema": _EIDO}}}


def hook_body(most: int) -> dict[str, Any]:
    """What either door takes, told apart by what is in it."""
    events = request_body(most)["content"]
    kinds = [content["schema"] for content in (*events.values(), *eido_body()["content"].values())]
    return {"required": True, "content": {"application/json": {"schema": {"oneOf": kinds}}}}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _listed(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
_REFERENCE = {**_object(**{"$ref": _TEXT}), "description": "the $id of a component"}
_REFERENCES = _listed(_REFERENCE)
_PROLOGUE = {"$id": _TEXT, "lastUpdateTimeStamp": _TIME}
_EIDO = {
    **_object(
        **_PROLOGUE,
        eidoVersion=_TEXT,
        issuingElementIdentification=_TEXT,
        incidentComponent=_object(
            **_PROLOGUE,
            internalIncidentId={**_TEXT, "maxLength": 64, "description": "the call's number"},
            incidentTypeInternalCode=_TEXT,
            incidentTypeInternalText=_TEXT,
            incidentTypeCommonRegistryText=_TEXT,
            incidentStatusCommonRegistryText=_listed(_TEXT),
            incidentStatusInternalText=_listed(_TEXT),
            incidentPriorityInternalText=_TEXT,
            incidentCommonPriorityNumber={"type": "integer", "minimum": 0, "maximum": 10},
            beatOrDispatchGroupText=_TEXT,
            documentIdentification=_listed(_TEXT),
            dispositionComponent=_listed(
                _object(
                    dispositionCommonRegistryCode=_TEXT,
                    dispositionCategoryText=_TEXT,
                    dispositionPrimaryIndicator={"type": "boolean"},
                )
            ),
        ),
        callComponent=_listed(
            _object(
                **_PROLOGUE,
                direction={"enum": ["incoming", "outgoing", "internal"]},
                standardPrimaryCallType=_TEXT,
                callStateRegistryText=_TEXT,
                callStartTimestamp=_TIME,
                answerDate=_TIME,
                callBackReference=_REFERENCE,
                personReference=_REFERENCES,
                additionalDataReference=_REFERENCES,
            )
        ),
        callbackComponent=_listed(
            _object(
                **_PROLOGUE,
                callBackInformationUri=_listed(_TEXT),
                updatedCbn=_object(updatedCbnIdentifierUri=_TEXT),
            )
        ),
        personComponent=_listed(
            _object(
                **_PROLOGUE,
                personIncidentRoleRegistryText=_listed(_TEXT),
                ncPersonComponent=_object(),
                callIdentifier=_listed(_TEXT),
                callBackReference=_REFERENCE,
                additionalDataReference=_REFERENCES,
            )
        ),
        dispatchComponent=_listed(
            _object(**_PROLOGUE, agencyReference=_REFERENCE, emergencyResourceReference=_REFERENCES)
        ),
        emergencyResourceComponent=_listed(_object(**_PROLOGUE, agentReference=_REFERENCES)),
        agentComponent=_listed(_object(**_PROLOGUE, agentJcard=_TEXT, agencyReference=_REFERENCE)),
        agencyComponent=_listed(_object(**_PROLOGUE, agencyType=_listed(_TEXT))),
        additionalDataComponent=_listed(_object(**_PROLOGUE, additionalDataByValue=_TEXT)),
    ),
    "title": "Emergency Incident Data Object",
}


def _event(kind: str) -> dict[str, Any]:
    envelope = _written_out(CloudEvent.model_json_schema())
    data = next(model for event_type, model in DATA.items() if event_type.value == kind)
    told = {"type": {"const": kind, "type": "string"}, "data": _written_out(data.model_json_schema())}
    return {**envelope, "title": kind, "properties": {**envelope["properties"], **told}}


def _written_out(schema: dict[str, Any]) -> dict[str, Any]:
    """Every `$ref` replaced by what it names."""
    definitions = schema.get("$defs", {})

    def write(part: Any) -> Any:
        if isinstance(part, list):
            return [write(one) for one in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return write({**definitions[part["$ref"].rpartition("/")[2]], **_without(part, "$ref")})
        return {name: write(value) for name, value in _without(part, "$defs").items()}

    written: dict[str, Any] = write(schema)
    return written


def _without(part: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in part.items() if key != name}
