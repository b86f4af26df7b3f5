# SPDX-License-Identifier: MIT

bashcompletiondir = $(datadir)/bash-completion/completions
dist_bashcompletion_DATA = completion/vergefs
zshcompletiondir = $(datadir)/zsh/site-functions
dist_zshcompletion_DATA = completion/_vergefs
