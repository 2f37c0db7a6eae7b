#!/usr/bin/env escript
%%! +S 2
%% The part of `bennu-bench restarts` that measures the supervisors of Erlang/OTP.
%%
%%     escript restarts.escript RESTARTS CHILDREN
%%
%% Prints three numbers: the restarts per second under one_for_one (a child crashes with an exception, its supervisor
%% restarts it, the new process reports that it is ready), and the milliseconds in which CHILDREN children of a
%% simple_one_for_one supervisor start and stop.
-mode(compile).
-export([init/1, start_crasher/1, start_idle/0, crasher/1, idle/0]).

main([Restarts, Children]) ->
    logger:set_primary_config(level, none),
    code:ensure_loaded(supervisor),
    io:format("~w ~w ~w~n", [restarts(list_to_integer(Restarts)) | pool(list_to_integer(Children))]).

init({one, Owner}) ->
    {ok, {#{strategy => one_for_one, intensity => 1000000000, period => 1},
          [#{id => crasher, start => {?MODULE, start_crasher, [Owner]}}]}};
init(pool) ->
    {ok, {#{strategy => simple_one_for_one}, [#{id => idle, start => {?MODULE, start_idle, []}, restart => temporary}]}}.

start_crasher(Owner) -> {ok, spawn_link(?MODULE, crasher, [Owner])}.

crasher(Owner) ->
    Owner ! {ready, self()},
    receive crash -> error(told_to_crash) end.

start_idle() -> {ok, spawn_link(?MODULE, idle, [])}.

idle() -> receive stop -> ok end.

restarts(N) ->
    {ok, Sup} = supervisor:start_link(?MODULE, {one, self()}),
    round_trips(N div 10), % warm-up
    {Time, ok} = timer:tc(fun() -> round_trips(N) end),
    unlink(Sup),
    stop(Sup),
    flush(),
    N * 1.0e6 / Time.

round_trips(0) -> ok;
round_trips(N) ->
    receive {ready, Pid} -> Pid ! crash end,
    round_trips(N - 1).

pool(N) ->
    {ok, Sup} = supervisor:start_link(?MODULE, pool),
    {Start, _} = timer:tc(fun() -> [{ok, _} = supervisor:start_child(Sup, []) || _ <- lists:seq(1, N)] end),
    unlink(Sup),
    {Stop, ok} = timer:tc(fun() -> stop(Sup) end),
    [Start / 1000, Stop / 1000].

stop(Sup) ->
    Ref = monitor(process, Sup),
    exit(Sup, shutdown),
    receive {'DOWN', Ref, process, _, _} -> ok end.

flush() -> receive _ -> flush() after 0 -> ok end.
