"""The embedded demo data are the published ones."""

from crm_ml.data.datasets import load_cdnow


def test_cdnow_is_the_published_base():
    """Guards rows, customers, period and money of CDNOW against a reading error."""
    tx = load_cdnow()
    assert tx.counts == {
        "read": 69_659,
        "accepted": 69_659,
        "quarantined": 0,
        "customers": 23_570,
        "zero": 80,
    }
    assert (str(tx.first_day), str(tx.last_day)) == ("1997-01-01", "1998-06-30")


def test_cdnow_sample_is_the_tenth_of_the_papers():
    """Guards the 2,357 customers on which the BG/NBD estimates are published."""
    assert load_cdnow(sample=True).counts["customers"] == 2_357
