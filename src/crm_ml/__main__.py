"""``python -m crm_ml`` is ``crm-ml``."""

from crm_ml.cli.main import run

if __name__ == "__main__":
    run()
