"""Moves data and never shapes it: files in, workbooks out."""
