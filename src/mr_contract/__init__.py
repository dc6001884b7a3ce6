"""The words all sides speak: console, tablet and scanner messages, and the vocabulary they share.

Pure data. Every model is frozen and strict, forbids unknown fields, and bounds the size of what it
accepts. Nothing here decides, connects or stores anything.
"""
