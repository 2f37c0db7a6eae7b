# In the code of a comment, Doxygen takes a dot before a sign for the end of the first sentence. Another dot stands there,
# until build.py puts the right one in its place.
s/\(`[^`]*\)\.\([^A-Za-z0-9_) `.]\)/\1․\2/g
