"""Documents that people write (PDF, Word, web pages), read as Markdown page by page, in a process of their own.

What is read comes from outside: the readers run where a file that eats memory or time takes nothing else with it.
"""
