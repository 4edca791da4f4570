#define _XOPEN_SOURCE 700

#include "CLineEditor.h"

#include <stdio.h>

EditLine *CLineEditorCreate(const char *program) { return el_init(program, stdin, stdout, stderr); }

void CLineEditorSetContext(EditLine *editor, void *context) { el_wset(editor, EL_CLIENTDATA, context); }

void *CLineEditorContext(EditLine *editor) {
  void *context = NULL;
  el_wget(editor, EL_CLIENTDATA, &context);
  return context;
}

void CLineEditorSetPrompt(EditLine *editor, CLineEditorPrompt prompt, char mark) {
  el_set(editor, EL_PROMPT_ESC, prompt, mark);
}

void CLineEditorSetRead(EditLine *editor, CLineEditorRead read) { el_wset(editor, EL_GETCFN, read); }

void CLineEditorSetEditor(EditLine *editor, const char *name) { el_set(editor, EL_EDITOR, name); }

int CLineEditorSetEditingMode(EditLine *editor, const char *mode) { return el_set(editor, EL_SETTY, "-d", mode, NULL); }

void CLineEditorSetHandlesSignals(EditLine *editor, int handles) { el_wset(editor, EL_SIGNAL, handles); }

void CLineEditorSetHistory(EditLine *editor, HistoryW *history) { el_wset(editor, EL_HIST, history_w, history); }

int CLineEditorAddCommand(EditLine *editor, const char *name, const char *help, CLineEditorCommand command) {
  return el_set(editor, EL_ADDFN, name, help, command);
}

int CLineEditorBind(EditLine *editor, const char *key, const char *command) {
  return el_set(editor, EL_BIND, key, command, NULL);
}

int CLineEditorBindAlternative(EditLine *editor, const char *key, const char *command) {
  return el_set(editor, EL_BIND, "-a", key, command, NULL);
}

int CLineEditorSetCapability(EditLine *editor, const char *name, const char *value) {
  return el_set(editor, EL_SETTC, name, value, NULL);
}

int CLineEditorHasCapability(EditLine *editor, const char *name) {
  char *value = NULL;
  return el_get(editor, EL_GETTC, name, &value) == 0 && value != NULL && value[0] != '\0';
}

void CLineEditorPrepareTerminal(EditLine *editor, int isEditing) { el_wset(editor, EL_PREP_TERM, isEditing); }

void CLineEditorRefresh(EditLine *editor) { el_wset(editor, EL_REFRESH); }

int CLineEditorColumns(wchar_t character) { return wcwidth(character); }

void CLineEditorHistorySetSize(HistoryW *history, int size) {
  HistEventW event;
  history_w(history, &event, H_SETSIZE, size);
}

void CLineEditorHistoryClear(HistoryW *history) {
  HistEventW event;
  history_w(history, &event, H_CLEAR);
}

void CLineEditorHistoryAdd(HistoryW *history, const wchar_t *text) {
  HistEventW event;
  history_w(history, &event, H_ENTER, text);
}
