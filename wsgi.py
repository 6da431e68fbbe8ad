"""The web process, for any WSGI server: `granian --interface wsgi wsgi:app`, `gunicorn wsgi:app`."""

import os
import sys

from gateway.app import create_app, lay_ground
from gateway.settings import BadSettings, from_environ
from rules.policy import BadPolicy
from rules.survey import BadSurvey

try:
    app = create_app(lay_ground(from_environ(os.environ)))
except (BadSettings, BadPolicy, BadSurvey) as error:
    sys.exit(str(error))
