import type { Command, CommanderError } from "commander";
import { InputError } from "../errors.js";
import { modelNames } from "../models/names.js";
import { shown } from "./option-values.js";

/**
 * Commander's complaint in Fovea's grammar, `fovea train: expected …, got …`. What is no complaint
 * (help was shown) comes back as it is.
 */
export function usageError(command: Command, error: CommanderError): Error {
  const where = fullName(command);
  // Commander tells what it found only in its message, between quotes.
  const found = /'(.*?)'/s.exec(error.message)?.[1] ?? "";
  switch (error.code) {
    case "commander.unknownOption": {
      const allowed = optionNames(command).join(", ");
      return new InputError(where, `an option of ${allowed}`, suggest(found, error));
    }
    case "commander.unknownCommand": {
      const allowed = command.commands.map((each) => each.name()).join(", ");
      return new InputError(where, `a command of ${allowed}`, suggest(found, error));
    }
    case "commander.missingArgument":
      return new InputError(where, `an argument ${found}`, "none");
    case "commander.optionMissingArgument":
      return new InputError(where, `a value for ${found}`, "none");
    case "commander.excessArguments": {
      const most = command.registeredArguments.length;
      const allowed = ["no arguments", "1 argument at most"][most] ?? `${most} arguments at most`;
      const excess = command.args.slice(most).map(shown).join(" ");
      return new InputError(where, allowed, `${most > 0 ? "also " : ""}${excess}${hint(command)}`);
    }
    default:
      return error;
  }
}

/** A command with those that it is part of: `fovea study status`. */
export function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : "fovea";
}

/** Models that were meant for an option. */
function hint({ args, options }: Command): string {
  const names: readonly string[] = modelNames;
  const chooses = options.some(({ long }) => long === "--models");
  if (!chooses || !args.every((each) => names.includes(each))) return "";
  return ` (did you mean --models ${args.join(",")}?)`;
}

function optionNames(command: Command): string[] {
  return [...command.options.map((option) => option.long ?? option.flags), "--help"];
}

function suggest(found: string, error: CommanderError): string {
  const suggestion = /\(Did you mean (?:one of )?(.*?)\?\)/.exec(error.message)?.[1];
  return suggestion ? `${shown(found)} (did you mean ${suggestion}?)` : shown(found);
}
