"""A process that computes a function: answers, exceptions, its end, its threads and modules."""

import pickle
import signal

import pytest

from emotion.worker_process import ProcessEndedError, WorkerProcess


@pytest.fixture
def started():
    """A function that starts a process, which evaluates expressions."""
    processes = []

    def start():
        process = WorkerProcess()
        processes.append(process)
        assert process.ask(pickle.dumps(eval)) == (None, None)
        return process

    yield start
    for process in processes:
        process.terminate()
        process.kill_after(5)
        process.end()


def test_answers_and_exceptions_take_turns(started):
    process = started()
    assert process.ask(pickle.dumps("6 * 7")) == (42, None)
    answer, error = process.ask(pickle.dumps("1 / 0"))
    assert answer is None
    assert isinstance(error, ZeroDivisionError)
    assert "Traceback" in error.__notes__[0]
    assert process.ask(pickle.dumps("print('elsewhere') or 'still here'")) == ("still here", None)


@pytest.mark.parametrize(("how", "said"), [("9", "SIGKILL"), ("11", "SIGSEGV")])
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="signals")
def test_the_end_of_the_process_is_reported(started, how, said):
    with pytest.raises(ProcessEndedError, match=said):
        started().ask(pickle.dumps(f"__import__('os').kill(__import__('os').getpid(), {how})"))


def test_status_of_a_process_that_ends_by_itself(started):
    with pytest.raises(ProcessEndedError, match="status 3"):
        started().ask(pickle.dumps("__import__('os')._exit(3)"))


def test_it_uses_one_thread_and_finds_the_same_modules(started, tmp_path, monkeypatch):
    (tmp_path / "in_the_current_folder.py").write_text("ANSWER = 42")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")  # as in an interactive Python
    process = started()
    threads = "__import__('cv2').getNumThreads(), __import__('npcnn').thread_count()"
    blas = "__import__('os').environ['OPENBLAS_NUM_THREADS']"
    local = "__import__('in_the_current_folder').ANSWER"
    assert [process.ask(pickle.dumps(each))[0] for each in (threads, blas, local)] == [(1, 1), "1", 42]
