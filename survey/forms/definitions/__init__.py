"""The form files that come with Subrosa; read them with ``survey.forms.loading.bundled``."""
