from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.never import never_reported, never_texted
from tests.rules.given import DEMO
from tests.rules.other_cities import DOMESTIC as DOMESTIC_ELSEWHERE
from tests.rules.other_cities import HARMLESS
from tests.rules.other_cities import NEVER as NEVER_ELSEWHERE

DOMESTIC = """
BATTERY DV; TRBL W/SUBJ-DV; FAMILY TROUBL-DV; VIOL REST ORDER; VIOL REST ORD-DV; HOME VISIT DV;
BATTERY/DV; battery dv; family trouble; Battery - D.V.; battery_dv; DV_BATTERY; TRBL_W_SUBJ_DV;
FAMILY_TROUBL_DV; DOMESTIC; domestic; Domestic Disturbance; DISTURBANCE/DOMESTIC; DOM VIOL; DOM-VIOL;
DOMVIOL; DOMDIST; DOM BATTERY; 415DV; 240DV; DV1; DVDISTURB; dv; D V; D/V; d.v; Ｄ．Ｖ．; Doméstic;
DO\u00adMESTIC; \u200bDV\u200b; BatteryDV; 415F FAMILY; FAMILYTROUBLE; FAMILY DISPUTE; FAMILY FIGHT;
FAM DIST; Family offense; MARITAL DISPUTE; SPOUSAL ABUSE; SPOUSE BATTERY; IPV; INTIMATE PARTNER;
TROUBLE WITH PARTNER; EX-BOYFRIEND; GIRLFRIEND TRBL; EX WIFE; HUSBAND; PROTECTION ORDER;
PROTECTIVE ORDER VIOL; ORDER OF PROTECTION; Orders of protection; PROT ORD VIOL; VIOL OF ORDER;
VIOL COURT ORDER; RESTRAINING ORDER; RESTRORDER; RESTR ORDER; VIOLRESTORDER; TRO VIOL; TPO; PFA;
PPO VIOL; EPO; NCO VIOL; NO CONTACT ORDER; NO-CONTACT VIOLATION; RO VIOL; VRO; INJUNCTION VIOL;
STRANGULATION; CHOKING; SEX ASSAULT-DV; ENTRY-DV
"""

NEVER = {
    "domestic_violence": DOMESTIC,
    "sexual_assault": """
SEX ASSAULT; SEXUAL BATTERY; RAPE; ind exposure; INDECENT EXPOSURE; LEWD ACT; MOLESTING; CSC;
PEEPING TOM; GROPING; SEX-OFFENSE; SODOMY
""",
    "child": """
CHILD CUSTODY; CHILD ABUSE; CHILD NEGLECT; CONT DEL MINOR; LOST CHILD; TRBL W/JUV; JUV CONVEY; Juvenile;
RUNAWAY; RUN-AWAY; MISSING PERSON; TRUANT; TEEN PARTY; KIDS; infant; CHILD ENTICEMENT
""",
    "suicide": """
SUICIDE; SUICIDAL SUBJ; ATT SUIC; SELF HARM; self-harm; SELF_HARM; SELF-INFLICTED; HARM TO SELF;
THREAT HARM SELF; MENTAL; MENTAL HEALTH; MENT OBS; CRISIS; CIT CALL; EDP; EMOTIONALLY DISTURBED; PSYCH;
JUMPER; OVERDOSE; OD; BAKER ACT; 5150; WELFARE CITIZEN; WELFARE CHECK; CHECK WELL-BEING; CK WELFARE
""",
    "death": """
DEAD ON ENTRY; DEATH INVEST; HOMICIDE; MURDER; DOA; DECEASED PERSON; BODY FOUND; FATAL ACC
""",
    "kidnapping": """
KIDNAPPING; ABDUCTION; HOSTAGE SIT; hostage; BARRICADED SUBJ; FALSE IMPRISONMENT
""",
    "shooting": """
SHOOTING; SHOTS FIRED; SHOTSPOTTER; SHOT FIRED; GSW; drive by shooting
""",
    "stalking": "STALKING; stalker",
    "trafficking": "HUMAN TRAFFICKING; HUMAN TRAFF; PROSTITUTION",
    "abuse": """
ELDER ABUSE; ABUSE; VULNERABLE ADULT; NEGLECT; abuse of dependent; ELDERLY; PATIENTABUSE
""",
    "weapon": """
SUBJ WITH GUN; SUBJ WITH WEAPON; BB GUN COMPLNT; RECK USE OF WEAP; ABAND/PROP WEAPO; ROBBERY ARMED;
BOMB THREAT; EXPLOSION; KNIFE; STABBING; HANDGUN; SHOTGUN; BRANDISHING; PERSON W/GUN; BATTERY CUTTING;
ADW; MACHETE; weapons; WPN VIOL
""",
    "threat": "THREAT; THREATS; HARASSMENT; INTIMIDATION",
    "in_progress": """
BATTERY; FIGHT; ROBBERY ST ARM; HOLDUP ALARM; FOOT PURSUIT; VEHICLE PURSUIT; TRBL W/SUBJ; THEFT IN PROG;
BURGLARY-IP; BURG INPROGRESS; BURGLARY IN PROGRESS; JUST OCCURRED; CARJACKING; HOME INVASION; PROWLER;
SUBJ WANTED; ASSAULT; AGG ASLT
""",
    "hang_up": """
911 HANG UP; 911 HANGUP; HANG-UP; 911HANGUP; 911 HU; 911HU; ABANDONED 911; 911 ABANDONED; 911 OPEN LINE;
OPEN LINE; ABANDONED CALL
""",
    "officer_initiated": """
TRAFFIC STOP; TRAF STOP; VEH STOP; SUBJ STOP; TS TARGETED; ON VIEW; on-view; ONVIEW; PATROL;
PARK AND WALK; BUSINESS CHECK; TAVERN CHECK; VACANT HOUSE CHK; SEARCH WARRANT; FOLLOW UP; SPECIAL ASSIGN;
ASSIGNMENT; OUT OF SERVICE; RETURN STATION; OFFICER INITIATED; SELF-INITIATED; ASSIST OFFICER; ESCORT;
PROBATION/PAROLE; PROB_PAROL_CK_RQ; PRISONER TRANS; COURT DUTY; POLICE ADMIN; TRAFFIC LASER; PROACTIVE
""",
}

# The public call data of Milwaukee, two weeks of May 2018: the types that a policy may allow, and all the others.
MILWAUKEE_ALLOWABLE = """
ABAND/STOLEN PRO; ACC PDO; ACC PI; ACC UNKN INJ; ADDL INFO; ALTERED CURRENCY; ANIMAL BITE;
ASSIST FIRE/AMB; BURG/AUD BUSINES; BURG/AUD GOVT; BURG/AUD RESI; BURGLAR ALARM; BUS INVESTIGATIO;
CALL BY PHONE; CALL FOR POLICE; CAR CHANGE; CITIZEN CONTACT; CITIZEN CONVEY; COMMUNITY MTNG;
CONVEY PROPERTY; CRUELTY ANIMAL; DEMONSTRATION; DRUG DEALING; DUI; ENTRY; ENTRY AUTOS; FIRE; FIREWORKS;
FLOODING; FORGERY; FRAUD; FRAUD CRED CARD; GAMBLING; GAME PLAN; GAS LEAK; GRAFFITI; HAZ WASTE MAT;
HOSPITAL TO MCMH; INJ PERSON/SICK; INVESTIGATION; LANDLORD/TEN TRB; LOCKOUT; LOITERING; LOOSE ANIMAL;
LOST/STOLEN PRO; LOUD MUSIC - VEH; MAIL RUN; MED RUN; MEET GOVT AGENCY; MEET MFD; MFD SECURITY;
MPD MON ALARM; NETWORK CRIMINAL; NOISE NUISANCE; NOTIFICATION; OVERTURNED BOAT; PAB; PARKING TROUBLE;
PD/OTHER IN MKE; PHONE CALL COMPL; PICKUP PARTNER; PLANT CAR; PROPERTY DAMAGE; PROPERTY PICKUP;
RECKLESS VEHICLE; RECOVERED PROP; RECOVERED VEH; REPORT TO 10-22; REPORTS; SCHL MONITORING;
SCHL PERIMETER; SCHL PRESENTATIO; SCHOOL; SHOPLIFTER; SOLICITING; STOLEN VEHICLE; SUBJ DOWN;
SUBJ IN WATER; SUSP PERS/AUTO; SUSP PKG/DEVICE; SUSPICIOUS-OTH; TAVERN VIOLATION; THEFT;
THEFT FROM PERSN; THEFT VEHICLE; TRAFFIC CONTROL; TRAFFIC HAZARD; TRESPASSER; WATER MAIN BREAK;
WIRES DOWN
"""
MILWAUKEE_NEVER = """
ABAND/PROP WEAPO; ABDUCTION; ABDUCTION-DV; ASSIGNMENT; ASSIST OFFICER; BATTERY; BATTERY CUT-DV;
BATTERY CUTTING; BATTERY DV; BATTERY/DV; BB GUN COMPLNT; BOMB THREAT; BUSINESS CHECK; CHILD CUSTODY;
CHILD ENTICEMENT; CONT DEL MINOR; COURT DUTY; CST ASSIGNMENT; DEAD ON ENTRY; ENTRY-DV; ESCORT;
ESP TARGET ESCOR; EXPLOSION; FAMILY TROUBL-DV; FAMILY TROUBLE; FIGHT; FOLLOW UP; FOOT PURSUIT;
HOLDUP ALARM; HOME VISIT DV; HOSPITAL GUARD; HOSTAGE SIT; IND EXPOSURE; JUV CONVEY; LOST CHILD;
NON PURSUIT; NON PURSUIT NO P; OUT OF SERVICE; PARK AND WALK; PATROL; PHOTO ASSIGN; POLICE ACADEMY;
POLICE ADMIN; PRISONER BOOKING; PRISONER TRANS; PROBATION/PAROLE; PROB_PAROL_CK_RQ; PROPERTY DAM-DV;
RECK USE OF W-DV; RECK USE OF WEAP; RECKLESS VEH-DV; RETURN STATION; ROBBERY ARMED; ROBBERY ARMED-DV;
ROBBERY ST ARM; ROBBERY STARM-DV; SEARCH WARRANT; SEX ASSAULT-DV; SHOOTING; SHOTS FIRED; SHOTSPOTTER;
SPECIAL ASSIGN; SUBJ STOP; SUBJ W/WEAPON-DV; SUBJ WANTED; SUBJ WITH GUN; SUBJ WITH GUN-DV;
SUBJ WITH WEAPON; TAVERN CHECK; THREAT; TRAFFIC LASER; TRAFFIC STOP; TRBL W/JUV; TRBL W/SUBJ;
TRBL W/SUBJ-DV; TRUANT; TS TARGETED; VACANT HOUSE CHK; VEHICLE MAINT; VEHICLE PURSUIT; VIOL REST ORD-DV;
VIOL REST ORDER; WELFARE CITIZEN
"""
TAMPA = """
STOLEN VEHICLE; ABANDONED VEHICLE; STREET OBSTRUCTION; AUTO BURGLARY; BURGLARY BUSINESS;
BURGLARY RESIDENTIAL; BUSINESS OR RESIDENTIAL BURGLARY; GRAND THEFT; PETTY THEFT; FORGERY;
DISABLED VEHICLE; PARKING VIOLATION; LOST OR STOLEN PROPERTY; ANIMAL NUISANCE; WIRES OR POLES DOWN;
CRIMINAL MISCHIEF; HOLDING A SUBJECT FOR POLICE
"""


def listed(text: str) -> list[str]:
    return [" ".join(name.split(" ")).strip() for name in text.replace("\n", " ").split(";") if name.strip()]


@pytest.mark.parametrize(
    ("subject", "call_type"), [(subject, name) for subject, names in NEVER.items() for name in listed(names)]
)
def test_a_type_of_a_subject_that_is_never_texted_is_found_in_every_spelling(
    subject: str, call_type: str
) -> None:
    # Which of several subjects it is found by does not matter, save for domestic violence.
    for spelled in (
        call_type,
        call_type.lower(),
        call_type.title(),
        call_type.replace(" ", "_"),
        f"  {call_type}\n",
    ):
        assert never_texted(spelled) is not None
    if subject == "domestic_violence":
        assert never_texted(call_type) == "domestic_violence"


SEPARATORS = st.text(alphabet=" -_/.,:;()#'\"\t\u00a0–", min_size=1, max_size=3)
WORDS = st.sampled_from(["BATTERY", "ENTRY", "THEFT", "PROPERTY DAM", "911", "10", "X", "REPORT", "Noise"])


@given(SEPARATORS, SEPARATORS, st.lists(WORDS, max_size=3), st.lists(WORDS, max_size=3), st.data())
def test_a_domestic_word_is_found_wherever_it_stands_and_whatever_stands_between(
    before: str, after: str, left: list[str], right: list[str], data: st.DataObject
) -> None:
    word = data.draw(
        st.sampled_from(
            ["DV", "D.V.", "Domestic", "domestic", "dv", "FAMILY TROUBLE", "Rest Order", "SPOUSE"]
        )
    )
    assert never_texted(" ".join(left) + before + word + after + " ".join(right)) == "domestic_violence"


@given(st.text(max_size=30))
def test_any_text_can_be_asked_about(text: str) -> None:
    assert never_texted(text) is not None or never_reported(text) is None


@pytest.mark.parametrize("call_type", listed(MILWAUKEE_NEVER))
def test_these_types_of_a_real_city_are_never_texted(call_type: str) -> None:
    assert never_texted(call_type)


@pytest.mark.parametrize("call_type", listed(MILWAUKEE_ALLOWABLE))
def test_these_types_of_a_real_city_a_policy_may_allow(call_type: str) -> None:
    assert never_texted(call_type) is None


def test_every_type_of_the_real_city_was_asked_about() -> None:
    names = listed(MILWAUKEE_ALLOWABLE) + listed(MILWAUKEE_NEVER)
    assert len(names) == len(set(names)) == 173


@pytest.mark.parametrize("call_type", [*listed(TAMPA), *sorted(DEMO.allowed.call_types)])
def test_the_harmless_types_are_not_hit_by_accident(call_type: str) -> None:
    assert never_texted(call_type) is None


@pytest.mark.parametrize(
    "call_type",
    ["ROBBERY ARMED", "BURGLARY IN PROGRESS", "SUBJ WITH GUN", "BATTERY", "THREAT", "TRAFFIC STOP"],
)
def test_what_was_about_the_moment_does_not_silence_the_report(call_type: str) -> None:
    assert never_texted(call_type)
    assert never_reported(call_type) is None


@pytest.mark.parametrize(
    "call_type",
    [
        "BATTERY DV",
        "SEX ASSAULT",
        "CHILD ABUSE",
        "SUICIDAL",
        "SHOOTING",
        "STALKING",
        "HOSTAGE SIT",
        "ELDER ABUSE",
        "DEAD ON ENTRY",
    ],
)
def test_a_subject_that_is_never_automated_silences_the_report_too(call_type: str) -> None:
    assert never_reported(call_type)


@pytest.mark.parametrize(
    "call_type", [one for spelled in NEVER_ELSEWHERE.values() for one in listed(spelled)]
)
def test_other_cities_spellings_of_what_is_never_texted_are_found(call_type: str) -> None:
    for spelled in (call_type, call_type.lower(), call_type.replace(" ", "_"), f"{call_type} - REPORT"):
        assert never_texted(spelled), spelled


@pytest.mark.parametrize("call_type", listed(DOMESTIC_ELSEWHERE))
def test_domestic_violence_is_called_so_in_other_cities_too(call_type: str) -> None:
    assert never_texted(call_type) == never_reported(call_type) in {"domestic_violence", "stalking"}


@pytest.mark.parametrize("call_type", listed(HARMLESS))
def test_the_harmless_types_of_other_cities_are_not_hit_by_accident(call_type: str) -> None:
    assert never_texted(call_type) is None


@pytest.mark.parametrize(
    "received",
    ["911", "E-911", "911 CALL", "WIRELESS 911", "911 CELL", "TEXT TO 911", "ADMIN LINE", "NON EMERGENCY"],
)
def test_how_people_usually_call_is_no_subject(received: str) -> None:
    """`how_received` is asked by the same words."""
    assert never_texted(received) is None
