"""Deployments as code: what is declared in a file is judged as if it were deployed.

Each kind of file is a module that recognises it by its content and yields what it declares.
"""
