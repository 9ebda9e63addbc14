"""What lies in the basket: its worth, its size, its breadth."""

from __future__ import annotations

from crm_ml.features.aggregates import Column, Grain
from crm_ml.features.base import feature
from crm_ml.features.formulas import change, ratio
from crm_ml.features.measures import SHARE_SCALE
from crm_ml.features.periods import before_half_year, half_year


@feature(
    "basket",
    unit="−1 to +1",
    meaning="worth of an order in the last half year against earlier",
    null="no orders in one of the two",
)
def order_value_trend(day: Grain) -> Column:
    """Return (now − before) / (now + before) over the mean money of an order; half a year is 182 days.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(order_value_trend, day=[0, 10, 390], amount=[40.0, 20.0, 10.0], cutoff=400)
    -0.5
    """
    now = ratio(half_year(day, "spend"), half_year(day, "orders"))
    before = ratio(before_half_year(day, "spend"), before_half_year(day, "orders"))
    return change(now, before)


@feature("basket", unit="units per order", meaning="units in an order")
def units_per_order(day: Grain) -> Column:
    """Return units of purchases / orders.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(units_per_order, day=[0, 10], quantity=[1.0, 4.0], cutoff=20)
    2.5
    """
    return ratio(day.sum("units"), day.sum("orders") * SHARE_SCALE)


@feature("basket", unit="share of purchase days", meaning="part of the purchase days with more than one line")
def multi_item_share(day: Grain) -> Column:
    """Return purchase days with two or more lines / purchase days: fills a basket, or comes for one thing.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(multi_item_share, day=[0, 0, 10], cutoff=20)
    0.5
    """
    return ratio(day.count("several"), day.count("bought"))


@feature(
    "basket", grain="product", unit="products", dtype="int", meaning="how many different products were bought"
)
def distinct_products(product: Grain) -> Column:
    """Return the number of different products ever bought.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(distinct_products, day=[0, 10, 15], product_id=["tea", "tea", "rice"], cutoff=20)
    2
    """
    return product.sum("products")


@feature(
    "basket",
    grain="product",
    unit="share of products",
    meaning="part of the products that were bought for the first time in the last 180 days",
    null="no product known",
)
def new_product_share(product: Grain) -> Column:
    """Return products first bought at age 1 to 180 days / products: breadth that grows or has come to rest.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(new_product_share, day=[0, 190, 195], product_id=["tea", "tea", "rice"], cutoff=200)
    0.5
    """
    return ratio(product.sum("products", last=180), product.sum("products"))


@feature(
    "basket",
    grain="category",
    unit="categories",
    dtype="int",
    meaning="how many categories the customer buys in",
)
def distinct_categories(category: Grain) -> Column:
    """Return the number of different categories ever bought in.

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> value_of(distinct_categories, day=[0, 10, 15], category=["food", "food", "tools"], cutoff=20)
    2
    """
    return category.count("worth")


@feature(
    "basket",
    grain="category",
    unit="share of money",
    meaning="part of the money that goes to the favourite category",
    null="no money in any category",
)
def favourite_category_share(category: Grain) -> Column:
    """Return money in the largest category / money in all (lines when there are no amounts).

    Examples
    --------
    >>> from crm_ml.features.example import value_of
    >>> bought = {"category": ["food", "food", "tools"], "amount": [1.0, 2.0, 9.0]}
    >>> value_of(favourite_category_share, day=[0, 10, 15], **bought, cutoff=20)
    0.75
    """
    return ratio(category.max("worth"), category.sum("worth"))
