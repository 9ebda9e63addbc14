"""Draws what others computed: CSV, workbook, HTML; decides no number."""
