#ifndef CLINEEDITOR_H
#define CLINEEDITOR_H

#include <histedit.h>
#include <wchar.h>

// libedit's settings are set by functions of variable arguments, which Swift cannot call. These are the same calls with
// fixed arguments. Names and keys are UTF-8; the text of the cell is wchar_t, one Unicode scalar each, as libedit counts it.

typedef int (*CLineEditorRead)(EditLine *editor, wchar_t *character);
typedef unsigned char (*CLineEditorCommand)(EditLine *editor, wint_t key);
typedef char *(*CLineEditorPrompt)(EditLine *editor);

// An editor on the process's three streams; NULL if there is none to be had.
EditLine *CLineEditorCreate(const char *program);

void CLineEditorSetContext(EditLine *editor, void *context);
void *CLineEditorContext(EditLine *editor);

// The prompt; the mark encloses what takes no columns.
void CLineEditorSetPrompt(EditLine *editor, CLineEditorPrompt prompt, char mark);
void CLineEditorSetRead(EditLine *editor, CLineEditorRead read);
void CLineEditorSetEditor(EditLine *editor, const char *name);
// What the terminal does while keys are awaited, as stty names it: "-isig".
int CLineEditorSetEditingMode(EditLine *editor, const char *mode);
void CLineEditorSetHandlesSignals(EditLine *editor, int handles);
void CLineEditorSetHistory(EditLine *editor, HistoryW *history);

int CLineEditorAddCommand(EditLine *editor, const char *name, const char *help, CLineEditorCommand command);
int CLineEditorBind(EditLine *editor, const char *key, const char *command);
// The same in vi's command mode.
int CLineEditorBindAlternative(EditLine *editor, const char *key, const char *command);

// A capability of the terminal as terminfo's older brother termcap names it.
int CLineEditorSetCapability(EditLine *editor, const char *name, const char *value);
int CLineEditorHasCapability(EditLine *editor, const char *name);

// 1: the terminal as editing wants it; 0: as programs want it.
void CLineEditorPrepareTerminal(EditLine *editor, int isEditing);
void CLineEditorRefresh(EditLine *editor);

// The columns that the locale gives to a character; -1 if it does not know it.
int CLineEditorColumns(wchar_t character);

void CLineEditorHistorySetSize(HistoryW *history, int size);
void CLineEditorHistoryClear(HistoryW *history);
void CLineEditorHistoryAdd(HistoryW *history, const wchar_t *text);

#endif
